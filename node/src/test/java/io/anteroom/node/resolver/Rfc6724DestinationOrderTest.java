// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The examples of section 10.2, and what they leave out. */
class Rfc6724DestinationOrderTest {
  private final Map<InetAddress, InetAddress> sources = new HashMap<>();

  /** The source that the kernel would take for a destination. */
  private Rfc6724DestinationOrderTest from(String source, String destination) {
    sources.put(Addresses.literal(destination), Addresses.literal(source));
    return this;
  }

  private List<String> sort(String... destinations) {
    List<AddressInfo.Entry> entries =
        Stream.of(destinations)
            .map(text -> new AddressInfo.Entry(Addresses.literal(text), 0))
            .toList();
    return new DestinationOrder(sources::get)
        .sort(entries).stream()
            .map(entry -> List.of(destinations).get(entries.indexOf(entry)))
            .toList();
  }

  @Test
  void rule1_unreachable_comesLast() {
    from("192.0.2.9", "198.51.100.1");

    assertThat(sort("2001:db8::1", "198.51.100.1")).containsExactly("198.51.100.1", "2001:db8::1");
  }

  @Test
  void rule2_matchingScope_comesFirst() {
    from("2001:db8:1::2", "2001:db8:1::1").from("169.254.13.78", "198.51.100.121");
    assertThat(sort("2001:db8:1::1", "198.51.100.121"))
        .containsExactly("2001:db8:1::1", "198.51.100.121");

    from("fe80::1", "2001:db8:1::1").from("198.51.100.117", "198.51.100.121");
    assertThat(sort("2001:db8:1::1", "198.51.100.121"))
        .containsExactly("198.51.100.121", "2001:db8:1::1");
  }

  @Test
  void rule5_matchingLabel_comesFirst() {
    from("2002:c633:6401::2", "2002:c633:6401::1").from("2002:c633:6401::2", "2001:db8:1::1");

    assertThat(sort("2001:db8:1::1", "2002:c633:6401::1"))
        .containsExactly("2002:c633:6401::1", "2001:db8:1::1");
  }

  @Test
  void rule6_higherPrecedence_comesFirst() {
    from("2001:db8:1::2", "2001:db8:1::1").from("10.1.2.4", "10.1.2.3");
    assertThat(sort("10.1.2.3", "2001:db8:1::1")).containsExactly("2001:db8:1::1", "10.1.2.3");
  }

  @Test
  void rule8_smallerScope_comesFirst() {
    from("2001:db8:1::2", "2001:db8:1::1").from("fe80::2", "fe80::1");

    assertThat(sort("2001:db8:1::1", "fe80::1")).containsExactly("fe80::1", "2001:db8:1::1");
  }

  @Test
  void rule9_longestCommonPrefix_comesFirst() {
    from("2001:db8:1::2", "2001:db8:1::1").from("2001:db8:3f44::2", "2001:db8:3ffe::1");

    assertThat(sort("2001:db8:3ffe::1", "2001:db8:1::1"))
        .containsExactly("2001:db8:1::1", "2001:db8:3ffe::1");
  }

  @Test
  void rule10_otherwise_theServersOrder() {
    from("192.0.2.9", "198.51.100.1").from("192.0.2.9", "192.0.2.1");

    assertThat(sort("198.51.100.1", "192.0.2.1")).containsExactly("198.51.100.1", "192.0.2.1");
  }

  @Test
  void sources_ofTheKernel_areOfTheSameFamily() {
    InetAddress loopback = Addresses.literal("127.0.0.1");

    assertThat(SourceAddresses.of(loopback)).isEqualTo(loopback);
  }
}
