// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.AsciiString;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DohRequestTest {
  private static final Paths PATHS = new Paths(List.of("/dns-query", "/of/*", "/a/{identity}"));

  private static DohRequest get(CharSequence target) {
    return DohRequest.of(PATHS, "GET", target, null, -1);
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 13, 14, 15, 512, 65_535})
  void message_isThatOfTheUrl_withPaddingAndWithout(int length) {
    byte[] message = new byte[length];
    new Random(length).nextBytes(message);
    for (Base64.Encoder encoder :
        List.of(Base64.getUrlEncoder(), Base64.getUrlEncoder().withoutPadding())) {
      String target = "/dns-query?x=y&dns=" + encoder.encodeToString(message) + "&z#f";
      assertThat(get(target).query()).isEqualTo(message);
      assertThat(get(new AsciiString(target)).query()).isEqualTo(message);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/dns-query, /dns-query",
    "/dns-query?dns=AAAA, /dns-query",
    "/of/me?dns=x, /of/me",
    "/a/b, /a/b",
    "/dns-query/, ",
    "/dns-queryx, ",
    "/of/, ",
    "/of, ",
    "/of/me/too, ",
    "/of?/me, ",
    "/OF/me, ",
    "*, ",
    "https://node.test/dns-query, "
  })
  void path_isOneOfTheConfiguration(String target, String path) {
    assertThat(PATHS.match(target)).isEqualTo(path);
  }

  @Test
  void path_isBounded() {
    assertThat(PATHS.match("/of/" + "x".repeat(251))).hasSize(255);
    assertThat(PATHS.match("/of/" + "x".repeat(252))).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/dns-query", "/a/b/", "/a/*", "/{identity}", "/a/b/{identity}"})
  void pathOfTheConfiguration_isTaken(String path) {
    assertThat(Paths.check(path)).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "dns-query", "/a b", "/a?b", "/a#b", "/*/a", "/a*", "/{name}", "/a{identity}"})
  void pathOfTheConfiguration_isRefused(String path) {
    assertThatThrownBy(() -> Paths.check(path)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "application/dns-message, 100, ",
    "Application/DNS-Message, -1, ",
    "application/dns-message;charset=x, 65535, ",
    "application/dns-message, 65536, TOO_LARGE",
    "application/dns-messages, 100, TYPE",
    "text/plain, 100, TYPE",
    ", 100, TYPE"
  })
  void post_needsTheRightTypeAndLength(String type, long length, Refusal refusal) {
    DohRequest request = DohRequest.of(PATHS, "POST", "/dns-query", type, length);
    assertThat(request.refusal()).isEqualTo(refusal);
    assertThat(request.query()).isNull();
  }
}
