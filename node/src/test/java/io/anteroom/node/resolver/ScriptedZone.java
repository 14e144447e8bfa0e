// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What a {@link ScriptedServer} answers that has these records, and knows no other names. */
final class ScriptedZone implements ScriptedServer.Script {
  private static final Record SOA =
      record(". 300 SOA ns.zone.example. root.zone.example. 1 3600 600 86400 60");

  private final List<Record> records;

  private ScriptedZone(List<Record> records) {
    this.records = records;
  }

  /** Records as {@code www.example. 60 A 192.0.2.1}. */
  static ScriptedZone of(String... records) {
    return new ScriptedZone(Stream.of(records).map(ScriptedZone::record).toList());
  }

  static Record record(String text) {
    String[] words = text.split(" ", 4);
    try {
      return Record.fromString(
          Name.fromString(words[0]),
          Type.value(words[2]),
          DClass.IN,
          Long.parseLong(words[1]),
          words[3],
          Name.root);
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  @Override
  public void on(Asked query) {
    query.send(answer(query).toWire());
  }

  Message answer(Asked query) {
    try {
      Message asked = new Message(query.bytes());
      Message answer = new Message(asked.getHeader().getID());
      answer.getHeader().setFlag(Flags.QR);
      answer.getHeader().setFlag(Flags.RA);
      answer.getHeader().setFlag(Flags.RD);
      answer.addRecord(asked.getQuestion(), Section.QUESTION);
      add(answer, asked.getQuestion().getName(), query.type());
      return answer;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void add(Message answer, Name name, int type) {
    List<Record> all = records.stream().filter(r -> r.getName().equals(name)).toList();
    for (Record record : all) {
      if (record.getType() == type) {
        answer.addRecord(record, Section.ANSWER);
      } else if (record instanceof CNAMERecord alias) {
        answer.addRecord(record, Section.ANSWER);
        add(answer, alias.getTarget(), type);
      }
    }
    if (all.isEmpty()) {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    }
    if (answer.getSection(Section.ANSWER).isEmpty()
        && answer.getSection(Section.AUTHORITY).isEmpty()) {
      answer.addRecord(SOA, Section.AUTHORITY);
    }
  }
}
