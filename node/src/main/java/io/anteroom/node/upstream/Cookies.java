// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * DNS cookies with one server, from the client's side (RFC 7873 section 5.3, RFC 9018). Confined to
 * the thread of its forwarder.
 *
 * <p>The client's cookie is 8 random bytes, of which there are new ones every day. A server that
 * has once given a cookie of its own must from then on repeat the client's in every answer. One
 * that stops doing so altogether is distrusted for two minutes and then counts as unknown: it may
 * have got another configuration. One that never gave a cookie gets none for five minutes.
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

  /** The client's cookie, and behind it the server's if there is one; never changed. */
  private byte[] both = NO_COOKIE;

  private enum State {
    /** It has not been asked with a cookie, or not answered. */
    UNKNOWN,
    /** It gave a cookie of its own. */
    GIVES,
    /** It did, and then answered without. */
    STOPPED,
    /** It answered without. */
    GIVES_NONE
  }

  Cookies(RandomBits random) {
    this.random = random;
  }

  /** What to send with the next query, not to be changed; null if nothing is to be sent. */
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

  /** The server's cookie is for the client's old one, so it goes with it. */
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
   * Whether an answer has the cookie that it must have, and if so remembers the server's.
   *
   * @param sent what was sent with the query
   * @param got what came with the answer; null for nothing
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

  /** Whether the server is known to give cookies, so that what comes without one is suspicious. */
  boolean isGiver() {
    return state == State.GIVES || state == State.STOPPED;
  }

  private static boolean isSound(byte[] cookie) {
    return cookie.length == CLIENT_LENGTH
        || (cookie.length >= MIN_LENGTH && cookie.length <= MAX_LENGTH);
  }
}
