// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TTL;
import org.xbill.DNS.TextParseException;

/**
 * Restores the original name in the answer to a query whose name was changed. Uses dnsjava, because
 * this is rare.
 */
public final class Renaming {
  private static final int[] PASSED_ON = {
    org.xbill.DNS.Flags.QR, org.xbill.DNS.Flags.AA, org.xbill.DNS.Flags.TC, org.xbill.DNS.Flags.AD
  };

  private Renaming() {}

  /**
   * The answer with the client's question, and with its name as the owner of all records of the
   * other name. Null if the answer can't be read.
   */
  public static byte @Nullable [] back(WireQuery asked, WireQuery renamed, byte[] answer) {
    try {
      Name from = name(renamed);
      Name to = name(asked);
      Message given = new Message(answer);
      Message changed = new Message();
      for (int flag : PASSED_ON) {
        if (given.getHeader().getFlag(flag)) {
          changed.getHeader().setFlag(flag);
        }
      }
      changed.getHeader().setRcode(given.getHeader().getRcode());
      for (int section = Section.QUESTION; section <= Section.ADDITIONAL; section++) {
        for (Record record : given.getSection(section)) {
          changed.addRecord(record.getName().equals(from) ? owned(record, to) : record, section);
        }
      }
      byte[] wire = changed.toWire();
      WireAnswer readable = WireAnswer.parse(wire);
      return readable == null ? null : Answers.adapt(asked, readable);
    } catch (IOException | RuntimeException e) {
      // The bytes come from a server; dnsjava reports invalid ones with either exception.
      return null;
    }
  }

  private static Name name(WireQuery query) throws TextParseException {
    return Name.fromString(query.name().toString());
  }

  private static Record owned(Record record, Name owner) {
    byte[] data = record.rdataToWireCanonical();
    // Above 2^31 it counts as 0 (RFC 2181 section 8), and dnsjava refuses it.
    long ttl = record.getTTL() > TTL.MAX_VALUE ? 0 : record.getTTL();
    return data.length == 0
        ? Record.newRecord(owner, record.getType(), record.getDClass(), ttl)
        : Record.newRecord(owner, record.getType(), record.getDClass(), ttl, data.length, data);
  }
}
