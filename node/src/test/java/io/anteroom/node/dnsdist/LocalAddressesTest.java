// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Client;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The addresses at which queries arrived. */
final class LocalAddressesTest {
  private final LocalAddresses addresses = new LocalAddresses();

  private static Client client(String listener) {
    return new Client(new InetSocketAddress("192.0.2.1", 5353), Transport.UDP, 0, listener);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void nameOfAListener_hasItsAddress(Transport transport) {
    for (String host : new String[] {"192.0.2.53", "2001:db8::53"}) {
      InetSocketAddress address = new InetSocketAddress(host, 5300);

      assertThat(addresses.apply(client(ListenerSettings.name(transport, address))))
          .isEqualTo(address);
    }
  }

  @ParameterizedTest
  @CsvSource({"front", "''", "udp somewhere"})
  void otherName_hasNone(String name) {
    assertThat(addresses.apply(client(name))).isNull();
    assertThat(addresses.apply(client(name))).isNull();
  }

  @Test
  void sameListener_hasTheSameObject() {
    Client client = client("udp 127.0.0.1:53");

    assertThat(addresses.apply(client)).isSameAs(addresses.apply(client));
  }
}
