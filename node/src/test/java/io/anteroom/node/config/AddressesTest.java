// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:5354, 127.0.0.1:5354",
    "0.0.0.0:0, 0.0.0.0:0",
    "[::1]:5354, [::1]:5354",
    "[2001:db8::1]:65535, [2001:db8::1]:65535"
  })
  void withPort_addressAndPort(String text, String read) {
    assertThat(Addresses.text(Addresses.withPort(text))).isEqualTo(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
        "::1:5354", "[::1]", "[::1:5354", "::1]:5354", "[]:53", "localhost:53", "127.1:53",
        "010.0.0.1:53x", "[127.0.0.1:53", "[::1]x:53"
      })
  void withPort_anythingElse_isRefused(String text) {
    assertThatThrownBy(() -> Addresses.withPort(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void withPortOr_portLeftOut_isTheDefault() {
    assertThat(Addresses.withPortOr(53, "192.0.2.1").getPort()).isEqualTo(53);
    assertThat(Addresses.withPortOr(53, "[::1]").getPort()).isEqualTo(53);
    assertThat(Addresses.withPortOr(53, "192.0.2.1:54").getPort()).isEqualTo(54);
  }

  @Test
  void hostAndPort_mayBeAName() {
    assertThat(Addresses.hostAndPort("node-1.example:17355")).isEqualTo("node-1.example:17355");
    assertThat(Addresses.hostAndPort("[::1]:17355")).isEqualTo("[::1]:17355");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "host", ":17355", "host:", "host:0", "host:70000", "::1:17355"})
  void hostAndPort_anythingElse_isRefused(String text) {
    assertThatThrownBy(() -> Addresses.hostAndPort(text))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
