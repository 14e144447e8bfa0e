// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Rfc7873CookiesTest {
  private static final byte[] SERVER = {1, 2, 3, 4, 5, 6, 7, 8};

  private final long seed = new Random().nextLong();
  private final Cookies cookies = new Cookies(new RandomBits(new Random(seed)));
  private long now = -Duration.ofDays(2).toNanos();

  private byte[] next() {
    return Objects.requireNonNull(cookies.next(now));
  }

  private static byte[] with(byte[] client, byte[] server) {
    byte[] both = Arrays.copyOf(client, Cookies.CLIENT_LENGTH + server.length);
    System.arraycopy(server, 0, both, Cookies.CLIENT_LENGTH, server.length);
    return both;
  }

  private void skip(Duration time) {
    now += time.toNanos();
  }

  /** The server gives a cookie. */
  private byte[] known() {
    byte[] client = next();
    assertThat(cookies.accept(client, with(client, SERVER), now)).isTrue();
    return client;
  }

  @Test
  void next_unknownServer_clientCookieOnly() {
    assertThat(next()).hasSize(8).isEqualTo(next());
    assertThat(new Cookies(new RandomBits(new Random(seed + 1))).next(now)).isNotEqualTo(next());
  }

  @Test
  void next_afterTheServersCookie_bothOfThem() {
    byte[] client = known();
    assertThat(next()).isEqualTo(with(client, SERVER));
  }

  @Test
  void next_afterADay_newClientCookieAlone() {
    byte[] client = known();
    skip(Duration.ofHours(23));
    assertThat(next()).hasSize(16);
    skip(Duration.ofHours(1));
    assertThat(next()).hasSize(8).isNotEqualTo(client);
    assertThat(cookies.isGiver()).as("it is still expected to give one").isTrue();
  }

  @Test
  void accept_newServerCookie_remembered() {
    byte[] client = known();
    byte[] other = {9, 9, 9, 9, 9, 9, 9, 9, 9};
    assertThat(cookies.accept(next(), with(client, other), now)).isTrue();
    assertThat(next()).isEqualTo(with(client, other));
  }

  @Test
  void accept_answerToYesterdaysCookie_trueButNotRemembered() {
    byte[] old = known();
    skip(Duration.ofDays(1));
    byte[] today = next();
    assertThat(cookies.accept(old, with(old, SERVER), now)).isTrue();
    assertThat(next()).isEqualTo(today);
  }

  @Test
  void accept_wrongClientCookie_no() {
    byte[] client = next();
    byte[] wrong = client.clone();
    wrong[7] ^= 1;
    assertThat(cookies.accept(client, with(wrong, SERVER), now)).isFalse();
    assertThat(next()).isEqualTo(client);
  }

  @Test
  void accept_wrongLength_no() {
    byte[] client = next();
    for (int length : new int[] {0, 1, 7, 9, 15, 41, 100}) {
      assertThat(cookies.accept(client, Arrays.copyOf(client, length), now))
          .as("length %d", length)
          .isFalse();
    }
    for (int length : new int[] {8, 16, 40}) {
      assertThat(cookies.accept(client, Arrays.copyOf(client, length), now))
          .as("length %d", length)
          .isTrue();
    }
  }

  @Test
  void accept_noneFromUnknownServer_yesAndNoneSentForFiveMinutes() {
    assertThat(cookies.accept(next(), null, now)).isTrue();
    assertThat(cookies.next(now)).isNull();
    skip(Duration.ofMinutes(5).minusSeconds(1));
    assertThat(cookies.next(now)).isNull();
    skip(Duration.ofSeconds(1));
    assertThat(cookies.next(now)).hasSize(8);
  }

  @Test
  void accept_noneFromKnownServer_noForTwoMinutesThenUnknown() {
    byte[] client = known();
    assertThat(cookies.accept(next(), null, now)).isFalse();
    skip(Duration.ofMinutes(2).minusSeconds(1));
    assertThat(cookies.accept(next(), null, now)).isFalse();
    assertThat(next()).isEqualTo(with(client, SERVER));
    skip(Duration.ofSeconds(1));
    assertThat(next()).hasSize(8).isNotEqualTo(client);
    assertThat(cookies.accept(next(), null, now)).isTrue();
  }

  @Test
  void accept_rightAgainAfterNone_trusted() {
    byte[] client = known();
    assertThat(cookies.accept(next(), null, now)).isFalse();
    assertThat(cookies.accept(next(), with(client, SERVER), now)).isTrue();
    skip(Duration.ofMinutes(2));
    assertThat(next()).isEqualTo(with(client, SERVER));
    assertThat(cookies.accept(next(), null, now)).isFalse();
  }
}
