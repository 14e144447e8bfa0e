// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;
import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.put32;
import static io.anteroom.node.wire.Octets.u16;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes of an answer the bytes that are kept of it. For one answer and one thread.
 *
 * <p>Kept is what its question and its lifetime leave: see {@link StoredAnswer} for the shape. Not
 * kept is an answer that is truncated; with a TTL of 0, or above 2^31, which is the same (RFC 2181
 * section 8); negative without an SOA record to say for how long (RFC 2308 section 5); or with a
 * record in its answer section that has nothing to do with the question: whose owner is neither its
 * name nor reached from there by CNAME records, nor that of a DNAME record above one of these. Such
 * a record is a mistake or an attempt at poisoning.
 *
 * <p>Owners that are the name asked for, or above it, are put into lower case where they are
 * written out: a server may have repeated the letters of our query there, which were random, or
 * another client's.
 */
public final class AnswerStore {
  /** CNAME records that are followed, from one name to the next. */
  private static final int MAX_CHAIN = 16;

  /**
   * Answers with more records are expected in the order of the chain. To look through them once for
   * each CNAME record would keep an event loop for seconds, if somebody has made them for that.
   */
  private static final int MAX_OUT_OF_ORDER = 256;

  /** A TTL with the top bit set counts as 0 (RFC 2181 section 8). */
  private static final long TTL_LIMIT = 0x7fff_ffffL;

  /** MNAME and RNAME of an SOA record have a byte each at least, and five numbers follow. */
  private static final int LEAST_SOA = 22;

  /**
   * Stands in the place of TTLs until all names have been read: no label can begin with one of its
   * bytes. A name that has a pointer to a TTL would be another one every second.
   */
  private static final int NO_NAME = 0x40404040;

  private final WireAnswer answer;
  private final TtlLimits limits;
  private final RecordWalk walk;
  private final byte[] bytes;

  /** The offsets of the names that a record of the answer section may have. */
  private final int[] chain = new int[MAX_CHAIN + 1];

  private int known = 1;
  private boolean unrelated;
  private boolean answered;
  private boolean denial;

  /** What TTLs are raised and cut to, once that is known. */
  private long least;

  private long most;

  public AnswerStore(WireAnswer answer, TtlLimits limits) {
    this.answer = answer;
    this.limits = limits;
    this.walk = answer.records();
    this.bytes = Arrays.copyOf(answer.bytes(), walk.keptEnd);
    chain[0] = HEADER;
  }

  /** What is to be kept; null if nothing is. */
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

  /** A failure: nothing but its code is kept. Null if none is to be kept. */
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
   * Gives a copy of the answer the TTLs with which it is kept, so that whoever had to wait for it
   * is told the same as those who come after. To be called after {@link #store} has kept an answer.
   *
   * @param copy with the same question and the same records behind it; or truncated
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

  /** Whether it was for a record which has nothing to do with the question that nothing is kept. */
  public boolean isUnrelated() {
    return unrelated;
  }

  /**
   * Whether what is kept says that the name does not exist at all, so that it holds for all types,
   * and for the names below (RFC 8020). It can then be written behind any of their questions.
   */
  public boolean isDenial() {
    return denial;
  }

  /** False if there is a record that does not belong to the chain of names from the question on. */
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
      // Usually the records are in the order of the chain, and the first pass is the last.
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

  /** Null if the TTL of a record is 0, or a name in one is not sound. */
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

  /** Whether the names in the data of a record of the types that are compressed can be read. */
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
