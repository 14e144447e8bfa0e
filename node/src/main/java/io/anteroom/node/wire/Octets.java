// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

/** Reads and writes numbers and names of RFC 1035 section 4 without allocating memory. */
final class Octets {
  static final int HEADER = 12;
  static final int MAX_NAME = 255;
  static final int MAX_LABEL = 63;
  static final int MAX_MESSAGE = 0xffff;

  /** A name has at most 127 labels, and each may follow a pointer. */
  private static final int MAX_POINTERS = 127;

  private Octets() {}

  static int u8(byte[] bytes, int at) {
    return bytes[at] & 0xff;
  }

  static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  static long u32(byte[] bytes, int at) {
    return (long) u16(bytes, at) << 16 | u16(bytes, at + 2);
  }

  static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }

  static void put32(byte[] bytes, int at, int value) {
    put16(bytes, at, value >>> 16);
    put16(bytes, at + 2, value);
  }

  /** The offset after the name of a question, which has no pointers; -1 if it is malformed. */
  static int plainNameEnd(byte[] message, int at) {
    int limit = Math.min(message.length, at + MAX_NAME);
    int next = at;
    while (next < limit) {
      int label = u8(message, next);
      next += label + 1;
      if (label == 0) {
        return next;
      }
      if (label > MAX_LABEL) {
        return -1;
      }
    }
    return -1;
  }

  /**
   * The offset after a name that may be compressed; -1 if it is malformed. The target of a pointer
   * must start and end before the name that contains the pointer (RFC 1035 section 4.1.4: "a prior
   * occurrence"). So there are no loops, and no name depends on later bytes. A pointer must not
   * lead into the header, whose bytes change.
   */
  static int nameEnd(byte[] message, int at) {
    int end = -1;
    int start = at;
    int limit = message.length;
    int next = at;
    int length = 1;
    int pointers = 0;
    while (next < limit) {
      int label = u8(message, next);
      if (label == 0) {
        return end < 0 ? next + 1 : end;
      }
      if (label <= MAX_LABEL) {
        length += label + 1;
        next += label + 1;
        if (length > MAX_NAME) {
          return -1;
        }
      } else {
        int target = next + 1 < limit ? pointer(message, next) : -1;
        if (target < HEADER || target >= start || ++pointers > MAX_POINTERS) {
          return -1;
        }
        end = end < 0 ? next + 2 : end;
        limit = start;
        start = target;
        next = target;
      }
    }
    return -1;
  }

  private static int pointer(byte[] message, int at) {
    return u8(message, at) < 0xc0 ? -1 : u16(message, at) & 0x3fff;
  }
}
