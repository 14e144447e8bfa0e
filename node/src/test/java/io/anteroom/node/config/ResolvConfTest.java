// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResolvConfTest {

  @Test
  void parse_nameservers_inOrderOnPort53() {
    assertThat(texts("nameserver 192.0.2.1\nnameserver\t2001:db8::1"))
        .containsExactly("192.0.2.1:53", "[2001:db8::1]:53");
  }

  @Test
  void parse_otherLinesAndComments_areSkipped() {
    String text =
        """
        # nameserver 192.0.2.1
        ; nameserver 192.0.2.2
        search corp.example
        options ndots:2
        nameservers 192.0.2.3

        nameserver 192.0.2.4 # the only one
        nameserver 192.0.2.5;behind it
        """;

    assertThat(texts(text)).containsExactly("192.0.2.4:53", "192.0.2.5:53");
  }

  @Test
  void parse_whatIsNoAddress_isSkipped() {
    assertThat(texts("nameserver\nnameserver dns.example\nnameserver 300.1.1.1\nnameserver ::g"))
        .isEmpty();
  }

  @Test
  void parse_ipv6WithZoneId_keepsTheZone() {
    List<InetSocketAddress> servers = ResolvConf.parse("nameserver fe80::1%1".lines());

    assertThat(servers).hasSize(1);
    assertThat(((java.net.Inet6Address) servers.get(0).getAddress()).getScopeId()).isEqualTo(1);
  }

  @Test
  void parse_zoneIdOfNoInterface_isSkipped() {
    assertThat(texts("nameserver fe80::1%nosuchinterface0")).isEmpty();
  }

  @Test
  void parse_moreThanThree_theFirstThree() {
    String text = "nameserver 192.0.2.1\n".repeat(3) + "nameserver 192.0.2.9";

    assertThat(texts(text)).hasSize(3).doesNotContain("192.0.2.9:53");
  }

  @Test
  void read_missingFile_noServers() {
    assertThat(ResolvConf.read(Path.of("no", "such", "file"))).isEmpty();
  }

  private static List<String> texts(String text) {
    return ResolvConf.parse(text.lines()).stream().map(Addresses::text).toList();
  }
}
