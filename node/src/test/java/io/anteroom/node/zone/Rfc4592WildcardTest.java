// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static io.anteroom.node.zone.ZoneTests.answer;
import static io.anteroom.node.zone.ZoneTests.load;
import static io.anteroom.node.zone.ZoneTests.query;
import static io.anteroom.node.zone.ZoneTests.zone;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Wildcards: the zone and the questions of RFC 4592 section 2.2.1, and a few more. */
final class Rfc4592WildcardTest {
  @TempDir Path directory;
  private LocalZones zones;

  @BeforeEach
  void load_zone() throws Exception {
    zones =
        load(
            directory,
            zone(
                "* TXT \"this is a wildcard\"",
                "* MX 10 host1",
                "sub.* TXT \"this is not a wildcard\"",
                "host1 A 192.0.2.1",
                "_ssh._tcp.host1 SRV 0 0 22 host1",
                "_ssh._tcp.host2 SRV 0 0 22 host2",
                "subdel NS ns.example.com.",
                "*.alias CNAME host1",
                "*.loop CNAME x.loop"));
  }

  private Message ask(String name, int type) throws IOException {
    return answer(zones, name + ".zone.example.", type);
  }

  private void assertSynthesised(String name, int type) throws IOException {
    Message answer = ask(name, type);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
    assertThat(answer.getSection(Section.ANSWER).get(0).getName())
        .hasToString(name + ".zone.example.");
  }

  private void assertNone(String name, int type, int rcode) throws IOException {
    Message answer = ask(name, type);
    assertThat(answer.getRcode()).isEqualTo(rcode);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1);
  }

  @Test
  void section221_synthesised() throws Exception {
    assertSynthesised("host3", Type.MX);
    assertSynthesised("foo.bar", Type.TXT);
  }

  @Test
  void section221_typeThatTheWildcardLacks_isNoData() throws Exception {
    assertNone("host3", Type.A, Rcode.NOERROR);
  }

  @Test
  void section221_namesThatExist_areNotSynthesised() throws Exception {
    assertNone("host1", Type.MX, Rcode.NOERROR);
    assertNone("sub.*", Type.MX, Rcode.NOERROR);
    assertNone("_tcp.host1", Type.TXT, Rcode.NOERROR);
    assertNone("host2", Type.TXT, Rcode.NOERROR);
  }

  @Test
  void section221_closestEnclosersWithoutWildcard_areNxDomain() throws Exception {
    assertNone("_telnet._tcp.host1", Type.SRV, Rcode.NXDOMAIN);
    assertNone("ghost.*", Type.MX, Rcode.NXDOMAIN);
  }

  @Test
  void section221_belowADelegation_isNotLocal() throws Exception {
    assertThat(zones.answer(query("host.subdel.zone.example.", Type.A))).isNull();
  }

  @Test
  void section23_wildcardAskedForByName_isAName() throws Exception {
    assertSynthesised("*", Type.TXT);
  }

  @Test
  void section43_wildcardAlias_isFollowed() throws Exception {
    Message answer = ask("any.alias", Type.A);
    assertThat(answer.getSection(Section.ANSWER))
        .extracting(r -> r.getName().toString())
        .containsExactly("any.alias.zone.example.", "host1.zone.example.");
  }

  @Test
  void section43_wildcardAliasToItself_ends() throws Exception {
    assertThat(ask("a.loop", Type.A).getSection(Section.ANSWER)).hasSize(2);
  }
}
