// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AddressKeyTest {

  @Test
  void hashCode_addressesOfOneNetworkWithOneHash_areDifferent() {
    List<InetAddress> addresses =
        IntStream.range(0, 2_000)
            .mapToObj(i -> "2001:db8::%x:0:%x".formatted(i, 0xffff - i))
            .map(Addresses::literal)
            .toList();
    assertThat(addresses.stream().map(InetAddress::hashCode).distinct()).hasSize(1);

    List<AddressKey> keys = addresses.stream().map(AddressKey::of).toList();
    assertThat(keys.stream().map(AddressKey::hashCode).distinct().count()).isGreaterThan(1_997);
    assertThat(keys.stream().sorted().distinct()).hasSize(2_000);
  }

  @Test
  void of_sameAddress_isEqual() {
    InetAddress address = Addresses.literal("192.0.2.1");
    assertThat(AddressKey.of(address)).isEqualTo(AddressKey.of(Addresses.literal("192.0.2.1")));
    assertThat(AddressKey.of(address)).isNotEqualTo(AddressKey.of(Addresses.literal("192.0.2.2")));
  }
}
