// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static io.anteroom.node.zone.ZoneTests.answer;
import static io.anteroom.node.zone.ZoneTests.builtIn;
import static io.anteroom.node.zone.ZoneTests.load;
import static io.anteroom.node.zone.ZoneTests.query;
import static io.anteroom.node.zone.ZoneTests.zone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.ZoneSettings;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.WireQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

final class LocalZonesTest {
  @TempDir Path directory;

  @Test
  void answer_builtInAddress_authoritativeWithQuestionAsSent() throws Exception {
    Message answer = answer(builtIn(), "WwW.Anteroom.TEST.", Type.A);
    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.QR)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.RD)).isTrue();
    assertThat(answer.getQuestion().getName()).hasToString("WwW.Anteroom.TEST.");
    assertThat(answer.getSection(Section.ANSWER))
        .extracting(r -> r.getName() + " " + r.getTTL() + " " + r.rdataToString())
        .containsExactly("WwW.Anteroom.TEST. 300 192.0.2.80");
    assertThat(answer.getOPT()).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "www, AAAA, 2001:db8:0:0:0:0:0:80",
    "blocked, A, 192.0.2.66",
    "slow, A, 192.0.2.90",
    "mail, A, 192.0.2.25",
    "ns, A, 192.0.2.53",
    "some.thing.wild, A, 192.0.2.42"
  })
  void answer_builtInNames_areThere(String name, String type, String data) throws Exception {
    Message answer = answer(builtIn(), name + ".anteroom.test.", Type.value(type));
    assertThat(answer.getSection(Section.ANSWER).get(0).rdataToString()).isEqualTo(data);
  }

  @Test
  void answer_builtInBig_isTruncatedOverUdpOnly() throws Exception {
    WireQuery query = query("big.anteroom.test.", Type.TXT);
    byte[] whole = builtIn().answer(query);
    assertThat(whole).hasSizeGreaterThan(1232);
    assertThat(new Message(whole).getSection(Section.ANSWER)).hasSize(20);
    assertThat(new Message(Answers.fit(query, whole, query.udpLimit())).getHeader())
        .matches(h -> h.getFlag(Flags.TC));
  }

  @Test
  void answer_anotherClass_isNotLocal() throws Exception {
    byte[] packet = query("www.anteroom.test.", Type.A).bytes().clone();
    packet[query("www.anteroom.test.", Type.A).questionEnd() - 1] = 3;
    assertThat(builtIn().answer((WireQuery) WireQuery.parse(packet))).isNull();
  }

  @Test
  void answer_nameOutsideOfAllZones_isNotLocal() throws Exception {
    assertThat(builtIn().answer(query("anteroom.example.", Type.A))).isNull();
    assertThat(builtIn().answer(query("test.", Type.A))).isNull();
    assertThat(builtIn().answer(query(".", Type.NS))).isNull();
  }

  @Test
  void answer_atAndBelowDelegation_isNotLocal() throws Exception {
    LocalZones zones =
        load(directory, zone("sub NS ns.sub", "ns.sub A 192.0.2.1", "*.sub A 192.0.2.2"));
    assertThat(zones.answer(query("sub.zone.example.", Type.NS))).isNull();
    assertThat(zones.answer(query("ns.sub.zone.example.", Type.A))).isNull();
    assertThat(zones.answer(query("x.sub.zone.example.", Type.A))).isNull();
  }

  @Test
  void answer_zoneBelowZone_deeperOneAnswers() throws Exception {
    Path outer =
        Files.writeString(directory.resolve("outer"), zone("deep NS ns", "a.deep A 1.1.1.1"));
    Path inner = Files.writeString(directory.resolve("inner"), zone("a A 2.2.2.2"));
    LocalZones zones =
        LocalZones.load(
            List.of(
                new ZoneSettings("deep.zone.example", inner, directory),
                new ZoneSettings("zone.example", outer, directory)));
    Message answer = answer(zones, "a.deep.zone.example.", Type.A);
    assertThat(answer.getSection(Section.ANSWER).get(0).rdataToString()).isEqualTo("2.2.2.2");
    assertThat(answer(zones, "deep.zone.example.", Type.SOA).getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void answer_alias_isFollowedWithItsOwnOwnerNames() throws Exception {
    Message answer = answer(builtIn(), "alias.anteroom.test.", Type.A);
    assertThat(answer.getSection(Section.ANSWER))
        .extracting(r -> r.getName() + " " + r.rdataToString())
        .containsExactly(
            "alias.anteroom.test. www.anteroom.test.", "www.anteroom.test. 192.0.2.80");
  }

  @Test
  void answer_aliasItselfAskedFor_isNotFollowed() throws Exception {
    Message answer = answer(builtIn(), "alias.anteroom.test.", Type.CNAME);
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void answer_aliasLoop_ends() throws Exception {
    LocalZones zones = load(directory, zone("a CNAME b", "b CNAME c", "c CNAME a", "d CNAME d"));
    assertThat(answer(zones, "a.zone.example.", Type.A).getSection(Section.ANSWER)).hasSize(3);
    assertThat(answer(zones, "d.zone.example.", Type.A).getSection(Section.ANSWER)).hasSize(1);
  }

  @Test
  void answer_longAliasChain_endsAfterEightMore() throws Exception {
    String[] lines = new String[20];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "a" + i + " CNAME a" + (i + 1);
    }
    LocalZones zones = load(directory, zone(lines));
    assertThat(answer(zones, "a0.zone.example.", Type.A).getSection(Section.ANSWER)).hasSize(9);
  }

  @Test
  void answer_aliasOutOfTheZone_endsThere() throws Exception {
    LocalZones zones = load(directory, zone("a CNAME www.example.com."));
    Message answer = answer(zones, "a.zone.example.", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
    assertThat(answer.getSection(Section.AUTHORITY)).isEmpty();
  }

  @Test
  void answer_sameRecordTwice_isGivenOnce() throws Exception {
    LocalZones zones = load(directory, zone("a A 192.0.2.1", "a A 192.0.2.1", "a A 192.0.2.2"));
    assertThat(answer(zones, "a.zone.example.", Type.A).getSection(Section.ANSWER)).hasSize(2);
  }

  @Test
  void load_syntaxError_namesFileAndLine() {
    assertThatThrownBy(() -> load(directory, zone("a A 192.0.2.1", "b A not-an-address")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.resolve("zone").toString() + ":4:");
  }

  @ParameterizedTest
  @CsvSource({
    "a.example.com. A 192.0.2.1, is not in zone zone.example.",
    "a CH A 192.0.2.1, class",
    "a CNAME b|a A 192.0.2.1, CNAME",
    "a CNAME b|a CNAME c, CNAME",
    "a SOA a b 1 2 3 4 5, one SOA record",
    "a 99999999999 A 192.0.2.1, zone",
    "$GENERATE 1-2, zone",
    "$INCLUDE nowhere, nowhere"
  })
  void load_badZone_namesFileAndReason(String line, String reason) {
    String[] lines = line.split("\\|");
    assertThatThrownBy(() -> load(directory, zone(lines)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.resolve("zone").toString())
        .hasMessageContaining(reason);
  }

  @Test
  void load_noSoa_isRefused() {
    assertThatThrownBy(() -> load(directory, "$TTL 1\na A 192.0.2.1\n"))
        .hasMessageContaining("no SOA record");
  }

  @Test
  void load_zoneTwice_isRefused() {
    ZoneSettings zone = new ZoneSettings("anteroom.test", null, directory);
    assertThatThrownBy(() -> LocalZones.load(List.of(zone, zone)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("anteroom.test. is there already");
  }

  @Test
  void load_noSuchFileOrOrigin_isRefused() {
    Path nowhere = directory.resolve("nowhere");
    assertThatThrownBy(
            () -> LocalZones.load(List.of(new ZoneSettings("a.example", nowhere, directory))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(nowhere.toString());
    assertThatThrownBy(
            () -> LocalZones.load(List.of(new ZoneSettings("a..example", nowhere, directory))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("origin");
  }

  @Test
  void load_tooManyRecordsForAMessage_isRefused() {
    String[] lines = new String[5000];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = "a A 10.0." + i / 256 + "." + i % 256;
    }
    assertThatThrownBy(() -> load(directory, zone(lines))).hasMessageContaining("too large");
  }
}
