// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static java.util.Locale.ROOT;

import io.anteroom.node.testing.DnsMessages;
import java.util.List;
import java.util.function.Function;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What the rows of {@link RuleTableTest} ask, each for the name of its row. */
final class RuleQueries {
  private RuleQueries() {}

  static Function<String, Message> a() {
    return type(Type.A);
  }

  static Function<String, Message> type(int type) {
    return name -> DnsMessages.message(9, name, type);
  }

  static Function<String, Message> below(String labels) {
    return name ->
        DnsMessages.message(9, labels.isEmpty() ? name.toUpperCase(ROOT) : labels + "." + name, 1);
  }

  static Function<String, Message> noRecursion() {
    return name -> {
      Message message = DnsMessages.message(9, name, Type.A);
      message.getHeader().unsetFlag(Flags.RD);
      return message;
    };
  }

  static Function<String, Message> chaos() {
    return name -> {
      Message message = new Message(9);
      message.addRecord(
          Record.newRecord(Name.fromConstantString(name + "."), Type.TXT, DClass.CH),
          Section.QUESTION);
      return message;
    };
  }

  static Function<String, Message> edns(int flags) {
    return name -> {
      Message message = DnsMessages.message(9, name, Type.A);
      message.addRecord(new OPTRecord(1232, 0, 0, flags), Section.ADDITIONAL);
      return message;
    };
  }

  static Function<String, Message> option(int code) {
    return name -> {
      Message message = DnsMessages.message(9, name, Type.A);
      List<EDNSOption> options =
          List.of(
              new GenericEDNSOption(65_002, new byte[3]), new GenericEDNSOption(code, new byte[0]));
      message.addRecord(new OPTRecord(1232, 0, 0, 0, options), Section.ADDITIONAL);
      return message;
    };
  }

  static Function<String, Message> subnetPrivate() {
    return name -> {
      Message message = DnsMessages.message(9, name, Type.A);
      EDNSOption option = new GenericEDNSOption(8, new byte[] {0, 1, 0, 0});
      message.addRecord(new OPTRecord(1232, 0, 0, 0, List.of(option)), Section.ADDITIONAL);
      return message;
    };
  }
}
