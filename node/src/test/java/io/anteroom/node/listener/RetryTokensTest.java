// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.TlsSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.tls.TlsProvider;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Proofs of addresses: good for whom they were made, for half a minute. */
final class RetryTokensTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 4_000);
  private static final int CHOSEN = 8;

  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private long now = -5;
  private final RetryTokens tokens = tokens(3);

  private RetryTokens tokens(int handshakes) {
    TlsSettings settings =
        new TlsSettings(
            List.of(), TlsProvider.AUTO, Duration.ofSeconds(1), 1_000, handshakes, null);
    return new RetryTokens(
        new SecureRandom(),
        new HandshakeLimits(settings, counters, () -> now),
        counters,
        () -> now);
  }

  private ByteBuf token() {
    ByteBuf token = Unpooled.buffer();
    assertThat(tokens.writeToken(token, Unpooled.wrappedBuffer(new byte[CHOSEN]), CLIENT)).isTrue();
    assertThat(token.readableBytes()).isLessThanOrEqualTo(tokens.maxTokenLength());
    return token;
  }

  private boolean isValid(ByteBuf token, InetSocketAddress from) {
    ByteBuf id = Unpooled.wrappedBuffer(new byte[RetryTokens.ID_LENGTH]);
    return tokens.validateToken(token.slice(), from, id).isValid();
  }

  @Test
  void token_isGoodForItsClient_andNobodyElse() {
    ByteBuf token = token();
    assertThat(isValid(token, CLIENT)).isTrue();
    assertThat(isValid(token, new InetSocketAddress("192.0.2.1", 4_001))).isFalse();
    assertThat(isValid(token, new InetSocketAddress("192.0.2.2", 4_000))).isFalse();
    assertThat(counters.get(Counter.QUIC_BAD_TOKENS)).isEqualTo(2);
    assertThat(counters.get(Counter.QUIC_RETRIES)).isEqualTo(1);
  }

  @Test
  void token_isGoodForHalfAMinute() {
    ByteBuf token = token();
    now += TimeUnit.SECONDS.toNanos(30);
    assertThat(isValid(token, CLIENT)).isTrue();
    now++;
    assertThat(isValid(token, CLIENT)).isFalse();
  }

  @Test
  void token_isGood_afterTheKeyHasChanged() {
    now += TimeUnit.MINUTES.toNanos(60) - TimeUnit.SECONDS.toNanos(1);
    ByteBuf before = token();
    now += TimeUnit.SECONDS.toNanos(2);
    ByteBuf after = token();
    assertThat(isValid(before, CLIENT)).isTrue();
    assertThat(isValid(after, CLIENT)).isTrue();
  }

  @Test
  void changedToken_isBad_whateverIsChanged() {
    ByteBuf token = token();
    for (int i = 0; i < token.readableBytes(); i++) {
      ByteBuf changed = token.copy();
      changed.setByte(i, changed.getByte(i) ^ 1);
      assertThat(isValid(changed, CLIENT)).as("byte %d", i).isFalse();
    }
    for (int length = 0; length < token.readableBytes(); length++) {
      assertThat(isValid(token.slice(0, length), CLIENT)).as("length %d", length).isFalse();
    }
    assertThat(isValid(Unpooled.buffer().writeZero(500), CLIENT)).isFalse();
  }

  @Test
  void connectionIdOfAnotherLength_isRefused() {
    ByteBuf id = Unpooled.wrappedBuffer(new byte[CHOSEN]);
    assertThat(tokens.validateToken(token(), CLIENT, id).isValid()).isFalse();
  }

  @Test
  void goodTokens_areBoundedByTheHandshakesOfTheClient() {
    ByteBuf token = token();
    for (int i = 0; i < 3; i++) {
      assertThat(isValid(token, CLIENT)).isTrue();
    }
    assertThat(isValid(token, CLIENT)).isFalse();
    assertThat(counters.get(Counter.TLS_LIMITED_CLIENT)).isEqualTo(1);
    assertThat(counters.get(Counter.QUIC_BAD_TOKENS)).isZero();
  }
}
