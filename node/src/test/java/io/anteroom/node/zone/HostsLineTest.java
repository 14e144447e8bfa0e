// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.Netmask;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostsLineTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "\t", "# comment", "  # 192.0.2.1 a.example", "\r"})
  void parse_nothingThere_isNull(String line) {
    assertThat(HostsLine.parse(line)).isNull();
  }

  @Test
  void parse_addressAndNames() {
    HostsLine line = line("\t192.0.2.1  a.example\tb.example # and so on");
    assertThat(line.address()).containsExactly(192, 0, 2, 1);
    assertThat(line.names()).containsExactly("a.example", "b.example");
    assertThat(line.clients()).isEmpty();
    assertThat(line.target()).isNull();
  }

  @Test
  void parse_ipv6_withOrWithoutInterface() {
    assertThat(line("2001:db8::1 a").address()).hasSize(16);
    assertThat(line("fe80::1%lo0 localhost").address()).isEqualTo(line("fe80::1 x").address());
  }

  @Test
  void parse_escapedHash_isNoComment() {
    assertThat(line("192.0.2.1 a\\#b.example #c").names()).containsExactly("a\\#b.example");
  }

  @Test
  void parse_clients_asNetworks() {
    HostsLine line = line("client=10.0.0.0/8,2001:db8::/32 2001:db8::1 a.example");
    assertThat(line.clients())
        .isEqualTo(List.of(Netmask.parse("10.0.0.0/8"), Netmask.parse("2001:db8::/32")));
    assertThat(line.address()).hasSize(16);
    assertThat(line.names()).containsExactly("a.example");
  }

  @ParameterizedTest
  @CsvSource({"10.1.2.3:192.0.2.1,4", "10.1.2.3:2001:db8::1,16", "10.1.2.3:::1,16"})
  void parse_clientAndAddressInOneWord_asBlackHoleJ(String word, int length) {
    HostsLine line = line(word + " a.example");
    assertThat(line.clients()).isEqualTo(List.of(Netmask.parse("10.1.2.3")));
    assertThat(line.address()).hasSize(length);
  }

  @Test
  void parse_ns_withTargetAndWithout() {
    HostsLine to = line("NS 192.0.2.53:5300 *.corp.example corp.example");
    assertThat(to.target()).isEqualTo("192.0.2.53:5300");
    assertThat(to.names()).containsExactly("*.corp.example", "corp.example");
    HostsLine exempt = line("client=10.0.0.1 ns www.example");
    assertThat(exempt.target()).isNull();
    assertThat(exempt.address()).isNull();
    assertThat(exempt.names()).containsExactly("www.example");
    assertThat(exempt.clients()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.example                    | no IP address: \"a.example\"",
        "192.0.2.256 a.example        | no IP address",
        "192.0.2.1                    | has no name behind 192.0.2.1",
        "192.0.2.1 # a.example        | has no name behind",
        "2001:db8:::1 a.example       | no IP address",
        "client=10.0.0.0/8            | no IP address: \"\"",
        "client=10.0.0.1/8 ::1 a      | bits are set behind the prefix",
        "client= ::1 a                | no IP address: \"\"",
        "client=10.0.0.0/8,x ::1 a    | no IP address: \"x\"",
        "client=corp ::1 a            | no IP address: \"corp\"",
        "10.0.0.1:x a                 | no IP address: \"x\"",
        "NS                           | has no name behind NS",
      })
  void parse_bad_saysWhy(String text, String why) {
    assertThatThrownBy(() -> HostsLine.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  private static HostsLine line(String text) {
    HostsLine line = HostsLine.parse(text);
    assertThat(line).isNotNull();
    return line;
  }
}
