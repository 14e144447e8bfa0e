// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static io.anteroom.node.zone.ZoneTests.answer;
import static io.anteroom.node.zone.ZoneTests.load;
import static io.anteroom.node.zone.ZoneTests.zone;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** DNAME records in local zones, by the sections of RFC 6672. */
class Rfc6672DnameTest {
  @TempDir private Path directory;
  private LocalZones zones;

  @BeforeEach
  void loadZone() throws Exception {
    zones =
        load(
            directory,
            zone(
                "old 300 DNAME new",
                "old A 192.0.2.1",
                "www.new A 192.0.2.2",
                "away DNAME elsewhere.example.",
                "long DNAME " + ("l".repeat(60) + ".").repeat(3) + "example.",
                "into CNAME www.old"));
  }

  private static List<String> records(Message answer) {
    return answer.getSection(Section.ANSWER).stream().map(Record::toString).toList();
  }

  @Test
  void section31_nameBelow_isAnAlias_followedWithinLocalZones() throws Exception {
    Message answer = answer(zones, "WWW.old.zone.example.", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(records(answer))
        .containsExactly(
            "old.zone.example.\t300\tIN\tDNAME\tnew.zone.example.",
            "WWW.old.zone.example.\t300\tIN\tCNAME\twww.new.zone.example.",
            "www.new.zone.example.\t3600\tIN\tA\t192.0.2.2");
  }

  @Test
  void section31_queryForTheAlias_isNotFollowed() throws Exception {
    Message answer = answer(zones, "www.old.zone.example.", Type.CNAME);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(records(answer))
        .containsExactly(
            "old.zone.example.\t300\tIN\tDNAME\tnew.zone.example.",
            "www.old.zone.example.\t300\tIN\tCNAME\twww.new.zone.example.");
    assertThat(answer.getSection(Section.AUTHORITY)).isEmpty();
  }

  @Test
  void section31_targetElsewhere_endsTheAnswer() throws Exception {
    Message answer = answer(zones, "a.b.away.zone.example.", Type.AAAA);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(records(answer))
        .containsExactly(
            "away.zone.example.\t3600\tIN\tDNAME\telsewhere.example.",
            "a.b.away.zone.example.\t3600\tIN\tCNAME\ta.b.elsewhere.example.");
  }

  @Test
  void section31_targetThatDoesNotExist_isNxdomain() throws Exception {
    Message answer = answer(zones, "nothing.old.zone.example.", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(records(answer)).hasSize(2);
    assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1);
  }

  @Test
  void section22_nameThatGetsTooLong_isYxdomain() throws Exception {
    String name = ("x".repeat(60) + ".").repeat(2) + "long.zone.example.";
    Message answer = answer(zones, name, Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.YXDOMAIN);
    assertThat(records(answer)).hasSize(1);
  }

  @Test
  void section23_ownerItself_hasItsOwnRecords() throws Exception {
    assertThat(records(answer(zones, "old.zone.example.", Type.A)))
        .containsExactly("old.zone.example.\t3600\tIN\tA\t192.0.2.1");
    assertThat(records(answer(zones, "old.zone.example.", Type.DNAME))).hasSize(1);
  }

  @Test
  void aliasThatLeadsBelow_endsThere() throws Exception {
    Message answer = answer(zones, "into.zone.example.", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(records(answer)).hasSize(1);
  }
}
