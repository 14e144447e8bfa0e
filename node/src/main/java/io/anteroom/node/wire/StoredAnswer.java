// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.put32;
import static io.anteroom.node.wire.Octets.u16;
import static io.anteroom.node.wire.Octets.u32;

/**
 * Reads the bytes that {@link AnswerStore} stores for an answer. They are in one array, without
 * header and question, which are taken from the client's query.
 *
 * <pre>
 *  0  zero                                  4  counts of its sections, three times two bytes
 *  1  AD of its header's fourth byte       10  for how many seconds it may be kept
 *  2  RCODE, all bits of it                14  two bytes for each record: where its TTL stands, as
 *                                              an offset from the first record; then the records
 * </pre>
 *
 * <p>AA is not stored, because a cache is not authoritative (RFC 1035 section 4.1.1). Compression
 * pointers in the records stay valid, because the question has the same length for all clients;
 * names behind them have the case of the client's question.
 */
public final class StoredAnswer {
  static final int RCODE = 2;
  static final int COUNTS = 4;
  static final int LIFE = 10;
  static final int HEAD = 14;

  private StoredAnswer() {}

  /** The lifetime in seconds. */
  public static int lifeSeconds(byte[] stored) {
    return (int) u32(stored, LIFE);
  }

  public static int rcode(byte[] stored) {
    return u16(stored, RCODE);
  }

  /** Whether it is a failure rather than an answer (RFC 9520). */
  public static boolean isFailure(byte[] stored) {
    int rcode = rcode(stored);
    return rcode != Rcodes.NOERROR && rcode != Rcodes.NXDOMAIN && u16(stored, COUNTS) == 0;
  }

  /** The answer to a query, with all TTLs reduced by this many seconds. */
  public static byte[] aged(byte[] stored, WireQuery query, int seconds) {
    int start = query.questionEnd();
    byte[] out = copy(stored, query);
    int first = first(stored);
    for (int at = HEAD; at < first; at += 2) {
      int ttl = start + u16(stored, at);
      put32(out, ttl, Math.max(0, (int) u32(out, ttl) - seconds));
    }
    return finish(stored, query, out);
  }

  /** The answer to a query, with all TTLs set to this value. */
  public static byte[] withTtl(byte[] stored, WireQuery query, int seconds) {
    int start = query.questionEnd();
    byte[] out = copy(stored, query);
    int first = first(stored);
    for (int at = HEAD; at < first; at += 2) {
      put32(out, start + u16(stored, at), seconds);
    }
    return finish(stored, query, out);
  }

  private static byte[] copy(byte[] stored, WireQuery query) {
    int first = first(stored);
    int length = stored.length - first;
    byte[] out = Answers.begin(query, length, Edns.NO_OPTIONS);
    System.arraycopy(stored, first, out, query.questionEnd(), length);
    return out;
  }

  private static byte[] finish(byte[] stored, WireQuery query, byte[] out) {
    put16(out, 6, u16(stored, COUNTS));
    put16(out, 8, u16(stored, COUNTS + 2));
    put16(out, 10, u16(stored, COUNTS + 4));
    out[3] = query.wantsAuthenticData() ? stored[1] : 0;
    int end = query.questionEnd() + stored.length - first(stored);
    return Answers.finish(query, out, 0, end, rcode(stored), Edns.NO_OPTIONS);
  }

  /** The offset of the first record. */
  private static int first(byte[] stored) {
    int count = u16(stored, COUNTS) + u16(stored, COUNTS + 2) + u16(stored, COUNTS + 4);
    return HEAD + 2 * count;
  }
}
