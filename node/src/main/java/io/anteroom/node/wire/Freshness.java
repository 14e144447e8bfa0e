// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.u16;

/** For how long caches of HTTP may keep an answer (RFC 8484 section 5.1). */
public final class Freshness {
  /** A TTL with the top bit set counts as 0 (RFC 2181 section 8). */
  private static final long TTL_LIMIT = 0x7fff_ffffL;

  private static final long NONE = Long.MAX_VALUE;

  /** The smallest SOA record behind its owner: two names of one byte, and five numbers. */
  private static final int LEAST_SOA = RecordWalk.FIXED + 22;

  private Freshness() {}

  /**
   * The seconds until the answer changes or must be asked for again: the smallest TTL of its answer
   * section; for a negative answer, no longer than its SOA record says (RFC 2308 section 5). It is
   * 0 for an error, and for a message that can't be read.
   */
  public static int seconds(byte[] answer) {
    int rcode = answer[3] & Flags.RCODE;
    boolean useful = rcode == Rcodes.NOERROR || rcode == Rcodes.NXDOMAIN;
    if (!useful || (answer[2] & Flags.TC) != 0) {
      return 0;
    }
    int next = u16(answer, 4) == 1 ? questionEnd(answer) : Octets.HEADER;
    int answers = u16(answer, 6);
    int records = answers + u16(answer, 8);
    long least = NONE;
    for (int i = 0; i < records; i++) {
      int fixed = Octets.nameEnd(answer, next);
      next = recordEnd(answer, fixed);
      if (next < 0) {
        return 0;
      }
      least = Math.min(least, i < answers ? ttl(answer, fixed + 4) : ofSoa(answer, fixed, next));
    }
    return least == NONE ? 0 : (int) least;
  }

  private static int recordEnd(byte[] answer, int fixed) {
    if (fixed < 0 || fixed + RecordWalk.FIXED > answer.length) {
      return -1;
    }
    int end = RecordWalk.end(answer, fixed);
    return end <= answer.length ? end : -1;
  }

  private static long ofSoa(byte[] answer, int fixed, int end) {
    return u16(answer, fixed) == Types.SOA && end - fixed >= LEAST_SOA
        ? Math.min(ttl(answer, fixed + 4), ttl(answer, end - 4))
        : NONE;
  }

  private static int questionEnd(byte[] answer) {
    int end = Octets.nameEnd(answer, Octets.HEADER);
    return end < 0 ? answer.length : end + 4;
  }

  private static long ttl(byte[] bytes, int at) {
    long ttl = Octets.u32(bytes, at);
    return ttl > TTL_LIMIT ? 0 : ttl;
  }
}
