// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.put32;
import static io.anteroom.node.wire.Octets.u16;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An answer that may be kept for a while, without its OPT record, and where its TTLs stand.
 * Immutable.
 */
public final class AgingAnswer {
  /** Longer TTLs are cut: a day (RFC 8767 section 4 suggests a limit of days). */
  public static final long MAX_TTL = 86_400;

  /** A TTL with the top bit set counts as 0 (RFC 2181 section 8). */
  private static final long TTL_LIMIT = 0x7fff_ffffL;

  private static final int FIXED = 10;

  private final byte[] bytes;
  private final int[] ttls;
  private final long ttlSeconds;
  private final long maxTtl;

  private AgingAnswer(byte[] bytes, int[] ttls, long ttlSeconds, long maxTtl) {
    this.bytes = bytes;
    this.ttls = ttls;
    this.ttlSeconds = ttlSeconds;
    this.maxTtl = maxTtl;
  }

  /**
   * The answer as one to be kept; null if it must not be: it is truncated, an error, has a TTL of
   * 0, or is negative without an SOA record to say for how long (RFC 2308 section 5).
   */
  public static @Nullable AgingAnswer of(WireAnswer answer) {
    return of(answer, MAX_TTL);
  }

  /** The same, with TTLs above that many seconds cut to them. */
  public static @Nullable AgingAnswer of(WireAnswer answer, long maxTtl) {
    int rcode = answer.rcode();
    if (answer.truncated() || (rcode != Rcodes.NOERROR && rcode != Rcodes.NXDOMAIN)) {
      return null;
    }
    RecordWalk walk = answer.records();
    byte[] from = answer.bytes();
    int count = walk.answers + walk.authorities + walk.keptAdditional;
    int[] ttls = new int[count];
    long least = maxTtl;
    boolean soa = false;
    int next = answer.questionEnd();
    for (int i = 0; i < count; i++) {
      int fixed = Octets.nameEnd(from, next);
      ttls[i] = fixed + 4;
      least = Math.min(least, ttl(from, fixed + 4));
      next = fixed + FIXED + u16(from, fixed + 8);
      boolean authority = i >= walk.answers && i < walk.answers + walk.authorities;
      if (authority && u16(from, fixed) == Types.SOA) {
        soa = true;
        least = Math.min(least, ttl(from, next - 4));
      }
    }
    boolean negative = walk.answers == 0 || rcode == Rcodes.NXDOMAIN;
    if (least == 0 || (negative && !soa)) {
      return null;
    }
    byte[] kept = Arrays.copyOf(from, next);
    put16(kept, 10, walk.keptAdditional);
    return new AgingAnswer(kept, ttls, least, maxTtl);
  }

  private static long ttl(byte[] bytes, int at) {
    long ttl = (long) u16(bytes, at) << 16 | u16(bytes, at + 2);
    return ttl > TTL_LIMIT ? 0 : ttl;
  }

  /** For how long it may be kept: the least of its TTLs, at most a day. */
  public long ttlSeconds() {
    return ttlSeconds;
  }

  /** Its length in bytes. */
  public int length() {
    return bytes.length + Integer.BYTES * ttls.length;
  }

  /** A copy, all TTLs less by that many seconds, and none above what it is kept for. */
  public @Nullable WireAnswer after(long seconds) {
    byte[] aged = bytes.clone();
    for (int at : ttls) {
      put32(aged, at, (int) Math.max(0, Math.min(ttl(bytes, at), maxTtl) - seconds));
    }
    return WireAnswer.parse(aged);
  }
}
