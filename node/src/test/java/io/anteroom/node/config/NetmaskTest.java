// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetmaskTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "172.16.0.0/12, 172.31.255.255, true",
    "172.16.0.0/12, 172.32.0.0, false",
    "192.0.2.7, 192.0.2.7, true",
    "192.0.2.7, 192.0.2.8, false",
    "0.0.0.0/0, 255.255.255.255, true",
    "0.0.0.0/0, ::1, false",
    "::/0, 2001:db8::1, true",
    "fe80::/10, febf::1, true",
    "fe80::/10, fec0::1, false",
    "2001:db8::/64, 2001:db8::ffff, true",
    "2001:db8::/64, 2001:db8:0:1::1, false",
    "2001:db8::8000:0:0:0/65, 2001:db8::8000:0:0:1, true",
    "2001:db8::8000:0:0:0/65, 2001:db8::1, false",
    "::1, ::1, true",
    "::1, 127.0.0.1, false"
  })
  void contains_addressInsideAndOutside(String netmask, String address, boolean inside) {
    assertThat(Netmask.parse(netmask).contains(Addresses.literal(address))).isEqualTo(inside);
  }

  @Test
  void contains_mappedAddress_countsAsIpv4() throws Exception {
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 10, 1, 2, 3};
    InetAddress address = java.net.Inet6Address.getByAddress(null, mapped, 0);

    assertThat(Netmask.parse("10.0.0.0/8").contains(address)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8x",
        "10.0.0/8",
        "::/129",
        "localhost",
        "example.com/8",
        "10.0.0.0/8/8",
        "1::2::3",
        "[::1]"
      })
  void parse_noNetmask_isRefused(String text) {
    assertThatThrownBy(() -> Netmask.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1/8", "fe80::1/10", "2001:db8::1/127", "128.0.0.0/0"})
  void parse_bitsBehindThePrefix_isRefused(String text) {
    assertThatThrownBy(() -> Netmask.parse(text)).hasMessageContaining("behind the prefix");
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.255.0.1, true",
    "::1, true",
    "10.1.2.3, true",
    "172.16.0.1, true",
    "192.168.1.1, true",
    "169.254.1.1, true",
    "fd00::1, true",
    "fe80::1, true",
    "8.8.8.8, false",
    "172.32.0.1, false",
    "2001:4860:4860::8888, false",
    "0.0.0.0, false",
    "::, false"
  })
  void localNetworks_holdNobodyOnTheInternet(String address, boolean inside) {
    assertThat(Netmask.anyContains(Netmask.LOCAL_NETWORKS, Addresses.literal(address)))
        .isEqualTo(inside);
  }
}
