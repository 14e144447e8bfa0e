// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Locally served DNS zones, by section; with those of RFC 7793 and RFC 8375. */
final class Rfc6303LocalZonesTest {
  private static final String ZEROS = "0.".repeat(30);

  private final SpecialNames names = SpecialNames.except(List.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.in-addr.arpa.",
        "16.172.in-addr.arpa.",
        "23.172.in-addr.arpa.",
        "31.172.in-addr.arpa.",
        "168.192.in-addr.arpa.",
      })
  void section4_1_rfc1918_isEmpty(String zone) throws IOException {
    assertEmpty(zone);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.in-addr.arpa.",
        "254.169.in-addr.arpa.",
        "2.0.192.in-addr.arpa.",
        "100.51.198.in-addr.arpa.",
        "113.0.203.in-addr.arpa.",
        "255.255.255.255.in-addr.arpa.",
        "64.100.in-addr.arpa.",
        "127.100.in-addr.arpa.",
      })
  void section4_2_ipv4_isEmpty(String zone) throws IOException {
    assertEmpty(zone);
  }

  @Test
  void section4_2_loopback_leadsToLocalhost() throws IOException {
    Message answer = answer("1.0.0.127.in-addr.arpa.", Type.PTR);
    assertThat(answer.getSection(Section.ANSWER).get(0).rdataToString()).isEqualTo("localhost.");
    assertThat(answer("0.127.in-addr.arpa.", Type.PTR).getRcode())
        .as("an empty non-terminal")
        .isEqualTo(Rcode.NOERROR);
    assertThat(answer("2.0.0.127.in-addr.arpa.", Type.PTR).getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void section4_3_ipv6LoopbackAndUnspecified() throws IOException {
    Message answer = answer("1.0." + ZEROS + "ip6.arpa.", Type.PTR);
    assertThat(answer.getSection(Section.ANSWER).get(0).rdataToString()).isEqualTo("localhost.");
    assertEmpty("0.0." + ZEROS + "ip6.arpa.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "d.f.ip6.arpa.",
        "8.e.f.ip6.arpa.",
        "9.e.f.ip6.arpa.",
        "a.e.f.ip6.arpa.",
        "b.e.f.ip6.arpa.",
        "8.b.d.0.1.0.0.2.ip6.arpa.",
        "home.arpa.",
      })
  void sections4_4To4_6_ipv6_isEmpty(String zone) throws IOException {
    assertEmpty(zone);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "15.172.in-addr.arpa.",
        "32.172.in-addr.arpa.",
        "63.100.in-addr.arpa.",
        "128.100.in-addr.arpa.",
        "1.in-addr.arpa.",
        "169.192.in-addr.arpa.",
        "in-addr.arpa.",
        "c.f.ip6.arpa.",
        "ip6.arpa.",
      })
  void neighbours_areNotSpecial(String name) throws IOException {
    assertThat(names.answer(ZoneTests.query("1." + name, Type.PTR))).isNull();
    assertThat(names.answer(ZoneTests.query(name, Type.NS))).isNull();
  }

  @ParameterizedTest
  @CsvSource({"10.in-addr.arpa.", "127.in-addr.arpa.", "home.arpa.", "resolver.arpa."})
  void ds_isAskedOfTheZoneAbove(String zone) throws IOException {
    assertThat(names.answer(ZoneTests.query(zone, Type.DS))).isNull();
    assertThat(names.answer(ZoneTests.query("1." + zone, Type.DS))).isNotNull();
  }

  /** Section 3: SOA and NS at the top, nothing else; below, nothing exists. */
  private void assertEmpty(String zone) throws IOException {
    SOARecord soa = (SOARecord) answer(zone, Type.SOA).getSection(Section.ANSWER).get(0);
    assertThat(soa.getHost()).hasToString(zone);
    assertThat(soa.getAdmin()).hasToString("nobody.invalid.");
    assertThat(answer(zone, Type.NS).getSection(Section.ANSWER).get(0).rdataToString())
        .isEqualTo(zone);
    assertThat(answer(zone, Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    for (String below : List.of("1." + zone, "3.2.1." + zone)) {
      Message answer = answer(below, Type.PTR);
      assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
      SOARecord negative = (SOARecord) answer.getSection(Section.AUTHORITY).get(0);
      assertThat(negative.getName()).hasToString(zone);
      assertThat(negative.getTTL()).isEqualTo(10_800);
    }
  }

  private Message answer(String name, int type) throws IOException {
    byte[] answer = names.answer(ZoneTests.query(name, type));
    assertThat(answer).as(name).isNotNull();
    return new Message(answer);
  }
}
