// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static io.anteroom.node.zone.ZoneTests.answer;
import static io.anteroom.node.zone.ZoneTests.load;
import static io.anteroom.node.zone.ZoneTests.zone;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Negative answers: RFC 2308 sections 2, 3 and 5; at the end of aliases: RFC 6604. */
final class Rfc2308NegativeTest {
  @TempDir Path directory;
  private LocalZones zones;

  @BeforeEach
  void load_zone() throws Exception {
    zones =
        load(
            directory,
            zone("www A 192.0.2.1", "nx CNAME none", "nodata CNAME www", "a.b.c A 192.0.2.2"));
  }

  private void assertNegative(Message answer, int rcode) {
    assertThat(answer.getRcode()).isEqualTo(rcode);
    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    Record soa = answer.getSection(Section.AUTHORITY).get(0);
    assertThat(soa.getType()).isEqualTo(Type.SOA);
    assertThat(soa.getName()).hasToString("zone.example.");
    // The SOA record's TTL is 3600, its minimum 60.
    assertThat(soa.getTTL()).isEqualTo(60);
  }

  @Test
  void section21_noSuchName_isNxDomainWithSoa() throws Exception {
    Message answer = answer(zones, "none.zone.example.", Type.A);
    assertNegative(answer, Rcode.NXDOMAIN);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
  }

  @Test
  void section22_noSuchType_isNoDataWithSoa() throws Exception {
    Message answer = answer(zones, "www.zone.example.", Type.AAAA);
    assertNegative(answer, Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
  }

  @Test
  void section22_emptyNonTerminal_isNoData() throws Exception {
    assertNegative(answer(zones, "b.c.zone.example.", Type.A), Rcode.NOERROR);
    assertNegative(answer(zones, "c.zone.example.", Type.ANY), Rcode.NOERROR);
  }

  @Test
  void section21_aliasOfNothing_isNxDomainWithTheAlias() throws Exception {
    Message answer = answer(zones, "nx.zone.example.", Type.A);
    assertNegative(answer, Rcode.NXDOMAIN);
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void section22_aliasOfNameWithoutTheType_isNoDataWithTheAlias() throws Exception {
    Message answer = answer(zones, "nodata.zone.example.", Type.AAAA);
    assertNegative(answer, Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void section3_soaTtlBelowItsMinimum_isTheTtl() throws Exception {
    LocalZones other = load(directory, "@ 30 SOA ns root 1 2 3 4 60\nwww 5 A 192.0.2.1\n");
    Message answer = answer(other, "none.zone.example.", Type.A);
    assertThat(answer.getSection(Section.AUTHORITY).get(0).getTTL()).isEqualTo(30);
  }
}
