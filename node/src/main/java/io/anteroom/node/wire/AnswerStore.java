// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;
import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.put32;
import static io.anteroom.node.wire.Octets.u16;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Converts an answer to the bytes that the cache stores. For one answer; not thread-safe.
 *
 * <p>{@link StoredAnswer} describes the format. Some answers are not stored: truncated ones; those
 * with a TTL of 0, or above 2^31, which means 0 (RFC 2181 section 8); negative ones without an SOA
 * record, which would give the TTL (RFC 2308 section 5); and those with an unrelated record in the
 * answer section. A record is related if its owner is the QNAME or is reached from it by CNAME
 * records, or if it is a DNAME record above one of these names. An unrelated record is an error or
 * an attempt at cache poisoning.
 *
 * <p>Owner names that are the QNAME or a parent of it, and are not compressed, are converted to
 * lower case, because the server may have repeated the random case of our query or the case of
 * another client's.
 */
public final class AnswerStore {
  /** The maximum number of CNAME records that are followed. */
  private static final int MAX_CHAIN = 16;

  /**
   * Larger answers must have their records in the order of the chain. Searching them once for each
   * CNAME record could block an event loop for seconds with a crafted answer.
   */
  private static final int MAX_OUT_OF_ORDER = 256;

  /** A TTL with the top bit set counts as 0 (RFC 2181 section 8). */
  private static final long TTL_LIMIT = 0x7fff_ffffL;

  /**
   * The smallest SOA data: MNAME and RNAME have at least one byte each, and five numbers follow.
   */
  private static final int LEAST_SOA = 22;

  /**
   * Replaces TTLs until all names have been read; no label can start with one of its bytes. So a
   * name with a compression pointer into a TTL, which would change every second, is detected.
   */
  private static final int NO_NAME = 0x40404040;

  private final WireAnswer answer;
  private final TtlLimits limits;
  private final RecordWalk walk;
  private final byte[] bytes;

  /** The offsets of the names that a record of the answer section may have as owner. */
  private final int[] chain = new int[MAX_CHAIN + 1];

  private int known = 1;
  private boolean unrelated;
  private boolean answered;
  private boolean denial;

  /** The limits of TTLs, once they are known. */
  private long least;

  private long most;

  public AnswerStore(WireAnswer answer, TtlLimits limits) {
    this.answer = answer;
    this.limits = limits;
    this.walk = answer.records();
    this.bytes = Arrays.copyOf(answer.bytes(), walk.keptEnd);
    chain[0] = HEADER;
  }

  /** The bytes to store; null if the answer must not be stored. */
  public byte @Nullable [] store() {
    int rcode = answer.rcode();
    if (answer.truncated() || limits.most() == 0) {
      return null;
    }
    if (answer.isFailure()) {
      return failure(rcode, limits);
    }
    if (!followChain()) {
      unrelated = true;
      return null;
    }
    MessageNames.toLowerCase(bytes, HEADER);
    boolean negative = rcode == Rcodes.NXDOMAIN || (rcode == Rcodes.NOERROR && !answered);
    int soa = negative ? soa() : 0;
    if (negative && soa == 0) {
      return null;
    }
    least = negative ? 0 : limits.least();
    most = Math.min(limits.most(), negative ? negativeTtl(soa) : limits.most());
    denial = rcode == Rcodes.NXDOMAIN && walk.answers == 0;
    byte[] stored =
        denial ? Denial.of(bytes, answer.questionEnd(), walk.authorities, most) : records();
    if (stored != null) {
      stored[1] = (byte) (bytes[3] & Flags.AD);
      put16(stored, StoredAnswer.RCODE, rcode);
    }
    return stored;
  }

  /**
   * The bytes to store for a failure, which consist of its code; null if failures are not stored.
   */
  public static byte @Nullable [] failure(int rcode, TtlLimits limits) {
    if (limits.failure() == 0) {
      return null;
    }
    byte[] stored = new byte[StoredAnswer.HEAD];
    put16(stored, StoredAnswer.RCODE, rcode);
    put32(stored, StoredAnswer.LIFE, limits.failure());
    return stored;
  }

  /**
   * Sets the stored TTLs in a copy of the answer, so that the client that waited for it gets the
   * same TTLs as later clients. Must be called after {@link #store} has returned bytes.
   *
   * @param copy a message with the same question and records; or a truncated one
   */
  public void limit(byte[] copy) {
    boolean hasRecords = (copy[2] & Flags.TC) == 0;
    int next = answer.questionEnd();
    for (int i = hasRecords ? count() : 0; i > 0; i--) {
      int fixed = Octets.nameEnd(copy, next);
      put32(copy, fixed + 4, limited(ttl(copy, fixed + 4)));
      next = RecordWalk.end(copy, fixed);
    }
  }

  private int limited(long ttl) {
    return (int) Math.max(least, Math.min(ttl, most));
  }

  private int count() {
    return walk.answers + walk.authorities + walk.keptAdditional;
  }

  /** Whether the answer is not stored because of an unrelated record. */
  public boolean isUnrelated() {
    return unrelated;
  }

  /**
   * Whether the stored answer is an NXDOMAIN that holds for all types and for names below (RFC
   * 8020), so that it can be used with any of their questions.
   */
  public boolean isDenial() {
    return denial;
  }

  /** Follows the CNAME chain; false if a record does not belong to it. */
  private boolean followChain() {
    int before;
    int strangers;
    do {
      before = known;
      strangers = 0;
      int next = answer.questionEnd();
      for (int i = 0; i < walk.answers; i++) {
        int fixed = Octets.nameEnd(bytes, next);
        if (isOfChain(next, u16(bytes, fixed))) {
          take(fixed);
        } else {
          strangers++;
        }
        next = end(fixed);
      }
      // Usually the records are in the order of the chain, and one pass is enough.
    } while (strangers > 0 && known > before && walk.answers <= MAX_OUT_OF_ORDER);
    return strangers == 0;
  }

  private boolean isOfChain(int owner, int type) {
    for (int i = 0; i < known; i++) {
      if (type == Types.DNAME
          ? MessageNames.isAtOrBelow(bytes, chain[i], owner)
          : MessageNames.same(bytes, chain[i], owner)) {
        return true;
      }
    }
    return false;
  }

  private void take(int fixed) {
    int type = u16(bytes, fixed);
    int asked = u16(bytes, answer.questionEnd() - 4);
    answered |= type == asked || asked == Types.ANY;
    int target = fixed + RecordWalk.FIXED;
    if (type == Types.CNAME
        && known <= MAX_CHAIN
        && Octets.nameEnd(bytes, target) == end(fixed)
        && !isOfChain(target, type)) {
      chain[known++] = target;
    }
  }

  /** The fixed part of the SOA record of a zone in which one of the names is; 0 for none. */
  private int soa() {
    int next = answer.questionEnd();
    for (int i = 0; i < walk.answers + walk.authorities; i++) {
      int fixed = Octets.nameEnd(bytes, next);
      if (i >= walk.answers
          && u16(bytes, fixed) == Types.SOA
          && u16(bytes, fixed + 8) >= LEAST_SOA
          && isAboveChain(next)) {
        return fixed;
      }
      next = end(fixed);
    }
    return 0;
  }

  private boolean isAboveChain(int owner) {
    for (int i = 0; i < known; i++) {
      if (MessageNames.isAtOrBelow(bytes, chain[i], owner)) {
        return true;
      }
    }
    return false;
  }

  private long negativeTtl(int soa) {
    long said = Math.min(ttl(bytes, soa + 4), ttl(bytes, end(soa) - 4));
    return Math.min(said, limits.mostNegative());
  }

  /** Null if the TTL of a record is 0, or a name is malformed. */
  private byte @Nullable [] records() {
    int count = count();
    int records = StoredAnswer.HEAD + 2 * count;
    int start = answer.questionEnd();
    byte[] stored = new byte[records + bytes.length - start];
    int[] ttls = new int[count];
    long life = most;
    int next = start;
    for (int i = 0; i < count; i++) {
      int fixed = Octets.nameEnd(bytes, next);
      long ttl = fixed < 0 ? 0 : ttl(bytes, fixed + 4);
      if (ttl == 0 || most == 0 || !namesAreSound(fixed)) {
        return null;
      }
      ttls[i] = limited(ttl);
      life = Math.min(life, ttls[i]);
      put32(bytes, fixed + 4, NO_NAME);
      put16(stored, StoredAnswer.HEAD + 2 * i, fixed + 4 - start);
      putIntoLowerCase(next);
      next = end(fixed);
    }
    System.arraycopy(bytes, start, stored, records, bytes.length - start);
    for (int i = 0; i < count; i++) {
      put32(stored, records + u16(stored, StoredAnswer.HEAD + 2 * i), ttls[i]);
    }
    put16(stored, StoredAnswer.COUNTS, walk.answers);
    put16(stored, StoredAnswer.COUNTS + 2, walk.authorities);
    put16(stored, StoredAnswer.COUNTS + 4, walk.keptAdditional);
    put32(stored, StoredAnswer.LIFE, (int) life);
    return stored;
  }

  /**
   * Whether the names in the data of this record, if its type may have compressed names, are well
   * formed.
   */
  private boolean namesAreSound(int fixed) {
    int data = fixed + RecordWalk.FIXED;
    return switch (u16(bytes, fixed)) {
      case Types.CNAME, Types.NS, Types.PTR, Types.DNAME -> Octets.nameEnd(bytes, data) > 0;
      case Types.MX -> Octets.nameEnd(bytes, data + 2) > 0;
      case Types.SOA -> {
        int second = Octets.nameEnd(bytes, data);
        yield second > 0 && Octets.nameEnd(bytes, second) > 0;
      }
      default -> true;
    };
  }

  private void putIntoLowerCase(int owner) {
    if (!MessageNames.isPointer(bytes, owner) && MessageNames.isAtOrBelow(bytes, HEADER, owner)) {
      MessageNames.toLowerCase(bytes, owner);
    }
  }

  private int end(int fixed) {
    return RecordWalk.end(bytes, fixed);
  }

  static long ttl(byte[] bytes, int at) {
    long ttl = Octets.u32(bytes, at);
    return ttl > TTL_LIMIT ? 0 : ttl;
  }
}
