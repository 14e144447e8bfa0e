// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.put32;
import static io.anteroom.node.wire.Octets.u16;

import org.jspecify.annotations.Nullable;

/**
 * Creates the stored form of an NXDOMAIN: the SOA record and the DNSSEC proof, with uncompressed
 * names, so that it can be used with the question for any name below (RFC 8020). The rest of the
 * authority section is omitted.
 */
final class Denial {
  /** A proof has at most three NSEC3 records, each with one or a few signatures. */
  private static final int MAX_RECORDS = 32;

  /** The numbers at the end of an SOA record. */
  private static final int SOA_NUMBERS = 20;

  private final byte[] message;
  private final int start;
  private final int authorities;
  private final int[] ttls = new int[MAX_RECORDS];
  private final byte[] records;
  private int count;
  private int length;
  private long life;

  private Denial(byte[] message, int start, int authorities, long most) {
    this.message = message;
    this.start = start;
    this.authorities = authorities;
    this.records = new byte[room()];
    this.life = most;
  }

  /**
   * The stored form without flags and code; null if a name is malformed or a TTL is 0.
   *
   * @param start the offset of the first record of the authority section
   * @param most the maximum TTL
   */
  static byte @Nullable [] of(byte[] message, int start, int authorities, long most) {
    Denial denial = new Denial(message, start, authorities, most);
    return denial.copyProof() ? denial.stored() : null;
  }

  private int room() {
    int room = 0;
    int next = start;
    for (int i = 0; i < authorities; i++) {
      int fixed = Octets.nameEnd(message, next);
      next = RecordWalk.end(message, fixed);
      int type = u16(message, fixed);
      if (isProof(type)) {
        room += (type == Types.SOA ? 3 : 1) * Octets.MAX_NAME + next - fixed;
      }
    }
    return room;
  }

  private static boolean isProof(int type) {
    return switch (type) {
      case Types.SOA, Types.RRSIG, Types.NSEC, Types.NSEC3 -> true;
      default -> false;
    };
  }

  private boolean copyProof() {
    int next = start;
    for (int i = 0; i < authorities; i++) {
      int fixed = Octets.nameEnd(message, next);
      if (isProof(u16(message, fixed)) && !(count < MAX_RECORDS && copyRecord(next, fixed))) {
        return false;
      }
      next = RecordWalk.end(message, fixed);
    }
    return length <= Octets.MAX_MESSAGE;
  }

  private boolean copyRecord(int owner, int fixed) {
    int at = MessageNames.copy(message, owner, records, length);
    System.arraycopy(message, fixed, records, at, RecordWalk.FIXED);
    life = Math.min(life, AnswerStore.ttl(message, fixed + 4));
    ttls[count++] = at + 4;
    int data = fixed + RecordWalk.FIXED;
    int end = RecordWalk.end(message, fixed);
    length = at + RecordWalk.FIXED;
    if (u16(message, fixed) == Types.SOA) {
      int second = Octets.nameEnd(message, data);
      int numbers = second < 0 ? -1 : Octets.nameEnd(message, second);
      if (numbers < 0 || numbers + SOA_NUMBERS != end) {
        return false;
      }
      length = MessageNames.copy(message, data, records, length);
      length = MessageNames.copy(message, second, records, length);
      data = numbers;
    }
    // Other types have no compressed names (RFC 4034 sections 3.1.7 and 4.1.1).
    System.arraycopy(message, data, records, length, end - data);
    length += end - data;
    put16(records, at + 8, length - at - RecordWalk.FIXED);
    return life > 0;
  }

  /**
   * All records get the smallest of their TTLs, because the proof is valid only with all of them.
   */
  private byte[] stored() {
    int first = StoredAnswer.HEAD + 2 * count;
    byte[] stored = new byte[first + length];
    System.arraycopy(records, 0, stored, first, length);
    for (int i = 0; i < count; i++) {
      put16(stored, StoredAnswer.HEAD + 2 * i, ttls[i]);
      put32(stored, first + ttls[i], (int) life);
    }
    put16(stored, StoredAnswer.COUNTS + 2, count);
    put32(stored, StoredAnswer.LIFE, (int) life);
    return stored;
  }
}
