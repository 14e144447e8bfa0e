// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.u16;

/**
 * Walks over all records of a message and finds the OPT record (RFC 6891 section 6.1.1). It never
 * reads beyond the message, whatever its counts and lengths claim. For one message; not
 * thread-safe.
 */
final class RecordWalk {
  enum Result {
    SOUND,
    MALFORMED,
    OPT_TWICE
  }

  /** The length of type, class, TTL and RDLENGTH after a record's name. */
  static final int FIXED = 10;

  /** The offset of the OPT record; 0 if there is none. */
  int opt;

  /** The offset after the OPT record's options. */
  int optEnd;

  int answers;
  int authorities;

  /**
   * How many records of the additional section may be passed on: those before the OPT record, which
   * is nearly always the last one. Records after it are omitted, because their compression pointers
   * may become wrong when the OPT record is removed, and nothing depends on them (RFC 2181 section
   * 9).
   */
  int keptAdditional;

  /** The offset after the records that may be passed on. */
  int keptEnd;

  /** The offset after the last record; any further bytes belong to no record. */
  int end;

  /** Starts after the question, at this offset. */
  RecordWalk(int questionEnd) {
    keptEnd = questionEnd;
  }

  /**
   * Walks over all records. If they are malformed, only the offset of the OPT record is valid. Of
   * two OPT records, the first one counts.
   */
  Result walk(byte[] message) {
    Result result = Result.SOUND;
    answers = u16(message, 6);
    authorities = u16(message, 8);
    keptAdditional = u16(message, 10);
    int others = answers + authorities;
    int total = others + keptAdditional;
    int next = keptEnd;
    for (int i = 0; i < total; i++) {
      int fixed = Octets.nameEnd(message, next);
      int end = recordEnd(message, fixed);
      if (end < 0) {
        return Result.MALFORMED;
      }
      if (u16(message, fixed) == Types.OPT) {
        boolean isFirst = opt == 0;
        opt = isFirst ? next : opt;
        if (i < others || message[next] != 0 || !optionsAreSound(message, fixed + FIXED, end)) {
          return Result.MALFORMED;
        }
        if (isFirst) {
          optEnd = end;
          keptAdditional = i - others;
        } else {
          result = Result.OPT_TWICE;
        }
      }
      next = end;
    }
    keptEnd = opt == 0 ? next : opt;
    end = next;
    return result;
  }

  /** The end of the record whose name ends at this offset; -1 if it is malformed. */
  private static int recordEnd(byte[] message, int fixed) {
    if (fixed < 0 || fixed + FIXED > message.length) {
      return -1;
    }
    int end = fixed + FIXED + u16(message, fixed + 8);
    return end <= message.length ? end : -1;
  }

  /**
   * The offset after the record whose fixed part is at this offset; it must have been checked by
   * {@link #walk}.
   */
  static int end(byte[] message, int fixed) {
    return fixed + FIXED + u16(message, fixed + 8);
  }

  /** The length of the OPT record at this offset; it must have been checked by {@link #walk}. */
  static int length(byte[] message, int opt) {
    return 1 + FIXED + u16(message, opt + 1 + 8);
  }

  private static boolean optionsAreSound(byte[] message, int from, int to) {
    int next = from;
    while (next + 4 <= to) {
      next += 4 + u16(message, next + 2);
    }
    return next == to;
  }
}
