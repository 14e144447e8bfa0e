// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * DNS cookies with one server, client side (RFC 7873 section 5.3, RFC 9018). Confined to the thread
 * of its forwarder.
 *
 * <p>The client cookie is 8 random bytes and is replaced every day. Once a server has sent a server
 * cookie, each of its answers must repeat the client cookie. A server that stops sending cookies is
 * distrusted for two minutes: its answers without a cookie are rejected. After that it counts as
 * unknown, because its configuration may have changed. A server that is unknown and answers without
 * a cookie gets no cookies for five minutes.
 */
final class Cookies {
  static final int CLIENT_LENGTH = 8;
  private static final int MIN_LENGTH = CLIENT_LENGTH + 8;
  private static final int MAX_LENGTH = CLIENT_LENGTH + 32;
  private static final byte[] NO_COOKIE = {};

  private static final long LIFE_NANOS = Duration.ofDays(1).toNanos();
  private static final long WITHOUT_NANOS = Duration.ofMinutes(5).toNanos();
  private static final long DISTRUST_NANOS = Duration.ofMinutes(2).toNanos();

  private final RandomBits random;
  private State state = State.UNKNOWN;
  private long untilNanos;
  private byte[] client = NO_COOKIE;
  private long bornNanos;

  /**
   * The client cookie, followed by the server cookie if there is one. The array is never changed.
   */
  private byte[] both = NO_COOKIE;

  private enum State {
    /** The server has not been asked with a cookie yet, or has not answered such a query. */
    UNKNOWN,
    /** The server has sent a server cookie. */
    GIVES,
    /** The server sent server cookies before, and then answered without a COOKIE option. */
    STOPPED,
    /** The server answered without a COOKIE option. */
    GIVES_NONE
  }

  Cookies(RandomBits random) {
    this.random = random;
  }

  /**
   * The COOKIE option's data for the next query, which must not be changed; null to send no cookie.
   */
  byte @Nullable [] next(long nowNanos) {
    boolean over = nowNanos - untilNanos >= 0;
    if (state == State.GIVES_NONE && !over) {
      return null;
    }
    if (over && (state == State.GIVES_NONE || state == State.STOPPED)) {
      state = State.UNKNOWN;
      renew(nowNanos);
    } else if (client.length == 0 || nowNanos - bornNanos >= LIFE_NANOS) {
      renew(nowNanos);
    }
    return both;
  }

  /**
   * Creates a new client cookie. The server cookie is dropped, as it is only valid with the old
   * one.
   */
  private void renew(long nowNanos) {
    client = new byte[CLIENT_LENGTH];
    for (int i = 0; i < CLIENT_LENGTH; i += 2) {
      int bits = random.next16();
      client[i] = (byte) (bits >>> 8);
      client[i + 1] = (byte) bits;
    }
    both = client;
    bornNanos = nowNanos;
  }

  /**
   * Whether an answer passes the cookie check. Remembers the server cookie if it does.
   *
   * @param sent cookie that was sent with the query
   * @param got cookie in the answer; null if there was none
   */
  boolean accept(byte[] sent, byte @Nullable [] got, long nowNanos) {
    if (got == null) {
      return acceptNone(nowNanos);
    }
    if (!isSound(got) || !Arrays.equals(got, 0, CLIENT_LENGTH, sent, 0, CLIENT_LENGTH)) {
      return false;
    }
    boolean ofToday = Arrays.equals(got, 0, CLIENT_LENGTH, client, 0, CLIENT_LENGTH);
    if (got.length > CLIENT_LENGTH && ofToday) {
      state = State.GIVES;
      if (!Arrays.equals(both, got)) {
        both = got;
      }
    }
    return true;
  }

  private boolean acceptNone(long nowNanos) {
    if (state == State.GIVES) {
      state = State.STOPPED;
      untilNanos = nowNanos + DISTRUST_NANOS;
    } else if (state == State.UNKNOWN) {
      state = State.GIVES_NONE;
      untilNanos = nowNanos + WITHOUT_NANOS;
    }
    return state != State.STOPPED;
  }

  /** Whether the server is known to send cookies, so that an answer without one is suspicious. */
  boolean isGiver() {
    return state == State.GIVES || state == State.STOPPED;
  }

  private static boolean isSound(byte[] cookie) {
    return cookie.length == CLIENT_LENGTH
        || (cookie.length >= MIN_LENGTH && cookie.length <= MAX_LENGTH);
  }
}
