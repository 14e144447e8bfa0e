// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.testing.Asked;
import java.io.IOException;
import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What the upstream server of {@link RuleTableTest} answers, by the first label of the name. */
final class RuleTableServer {
  private RuleTableServer() {}

  static void answer(Asked query) {
    if (query.name().startsWith("nx.")) {
      query.rcode(Rcode.NXDOMAIN);
    } else if (query.name().startsWith("many.")) {
      query.send(manyRecords(query));
    } else {
      query.answer();
    }
  }

  /** An alias, a text and an address, the latter with a name that leads into what is before. */
  private static byte[] manyRecords(Asked query) {
    try {
      Message answer = new Message(query.bytes());
      answer.getHeader().setFlag(Flags.QR);
      answer.removeAllRecords(Section.ADDITIONAL);
      Name owner = answer.getQuestion().getName();
      Name target = Name.fromString("target", owner);
      for (String text : List.of("5 " + target, "16 text", "1 192.0.2.1")) {
        int type = Integer.parseInt(text.substring(0, text.indexOf(' ')));
        String data = text.substring(text.indexOf(' ') + 1);
        answer.addRecord(
            Record.fromString(
                type == Type.CNAME ? owner : target, type, DClass.IN, 300, data, owner),
            Section.ANSWER);
      }
      return answer.toWire();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
