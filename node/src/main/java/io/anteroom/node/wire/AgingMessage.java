// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.put32;
import static io.anteroom.node.wire.Octets.u16;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A whole message from a filter that is held as an answer for a limited time. It is stored without
 * its OPT record, and its TTLs, limited to that time, count down. Only TTLs are read; the rest is
 * the filter's responsibility. Immutable.
 */
public final class AgingMessage {
  /** A TTL with the top bit set counts as 0 (RFC 2181 section 8). */
  private static final long TTL_LIMIT = 0x7fff_ffffL;

  private static final int FIXED = 10;

  private final byte[] bytes;
  private final int[] ttls;
  private final int seconds;

  private AgingMessage(byte[] bytes, int[] ttls, int seconds) {
    this.bytes = bytes;
    this.ttls = ttls;
    this.seconds = seconds;
  }

  /**
   * Creates a message for at most this many seconds, and no longer than its smallest TTL; null if
   * this is zero or the message is truncated. A negative answer lasts no longer than its SOA record
   * says (RFC 2308 section 5).
   */
  public static @Nullable AgingMessage of(WireAnswer answer, int atMost) {
    if (answer.truncated()) {
      return null;
    }
    RecordWalk walk = answer.records();
    byte[] from = answer.bytes();
    int[] ttls = new int[walk.answers + walk.authorities + walk.keptAdditional];
    boolean negative = walk.answers == 0 || answer.rcode() == Rcodes.NXDOMAIN;
    long least = atMost;
    int next = answer.questionEnd();
    for (int i = 0; i < ttls.length; i++) {
      int fixed = Octets.nameEnd(from, next);
      ttls[i] = fixed + 4;
      least = Math.min(least, ttl(from, fixed + 4));
      next = fixed + FIXED + u16(from, fixed + 8);
      if (negative && u16(from, fixed) == Types.SOA) {
        least = Math.min(least, ttl(from, next - 4));
      }
    }
    byte[] kept = Arrays.copyOf(from, next);
    put16(kept, 10, walk.keptAdditional);
    return least == 0 ? null : new AgingMessage(kept, ttls, (int) least);
  }

  private static long ttl(byte[] bytes, int at) {
    long ttl = (long) u16(bytes, at) << 16 | u16(bytes, at + 2);
    return ttl > TTL_LIMIT ? 0 : ttl;
  }

  /** For how many seconds it may be used. */
  public int seconds() {
    return seconds;
  }

  /** Its memory in bytes. */
  public int length() {
    return bytes.length + Integer.BYTES * ttls.length;
  }

  /** A copy with TTLs reduced by this many seconds. */
  public byte[] after(long age) {
    byte[] aged = bytes.clone();
    for (int at : ttls) {
      put32(aged, at, (int) Math.max(0, Math.min(ttl(bytes, at), seconds) - age));
    }
    return aged;
  }
}
