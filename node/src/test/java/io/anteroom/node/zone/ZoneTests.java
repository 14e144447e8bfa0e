// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ZoneSettings;
import io.anteroom.node.wire.WireQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** What the tests of zones share: zones from a few lines, and answers as dnsjava reads them. */
final class ZoneTests {
  private ZoneTests() {}

  static LocalZones builtIn() throws IOException {
    return LocalZones.load(List.of(new ZoneSettings("anteroom.test", null, Path.of(""))));
  }

  /** A zone with a TTL of an hour, a SOA record on line 2, and these lines. */
  static String zone(String... lines) {
    return "$TTL 3600\n@ SOA ns root 1 2 3 4 60\n" + String.join("\n", lines) + "\n";
  }

  static LocalZones load(Path directory, String zone) throws IOException {
    Path file = Files.writeString(directory.resolve("zone"), zone);
    return LocalZones.load(List.of(new ZoneSettings("zone.example", file, directory)));
  }

  static WireQuery query(String name, int type) throws IOException {
    Message query = Message.newQuery(Record.newRecord(new Name(name), type, DClass.IN));
    query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    return (WireQuery) WireQuery.parse(query.toWire());
  }

  static Message answer(LocalZones zones, String name, int type) throws IOException {
    WireQuery query = query(name, type);
    byte[] answer = zones.answer(query);
    assertThat(answer).isNotNull();
    Message message = new Message(answer);
    assertThat(message.getHeader().getID()).isEqualTo(query.id());
    return message;
  }
}
