// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.u16;
import static io.anteroom.node.wire.Octets.u8;

/**
 * Compares and copies names inside a message, compressed or not, ignoring case. Every offset must
 * be that of a name that {@link Octets#nameEnd} has accepted, so that following its pointers ends.
 */
final class MessageNames {
  private static final int POINTER = 0xc0;

  private MessageNames() {}

  /** Whether the names at these two offsets are the same. */
  static boolean same(byte[] message, int one, int other) {
    int a = label(message, one);
    int b = label(message, other);
    while (a != b) {
      int end = a + u8(message, a) + 1;
      if (message[a] != message[b] || !sameBytes(message, a + 1, b + 1, end - a - 1)) {
        return false;
      }
      if (message[a] == 0) {
        return true;
      }
      b = label(message, b + end - a);
      a = label(message, end);
    }
    return true;
  }

  /** Whether the name at one offset is the name at another, or below it. */
  static boolean isAtOrBelow(byte[] message, int name, int ancestor) {
    int more = labels(message, name) - labels(message, ancestor);
    int at = name;
    for (int i = 0; i < more; i++) {
      int label = label(message, at);
      at = label + u8(message, label) + 1;
    }
    return more >= 0 && same(message, at, ancestor);
  }

  private static int labels(byte[] message, int name) {
    int labels = 0;
    int at = label(message, name);
    while (message[at] != 0) {
      labels++;
      at = label(message, at + u8(message, at) + 1);
    }
    return labels;
  }

  /** Converts the labels at this offset to lower case, up to the root or a pointer. */
  static void toLowerCase(byte[] message, int name) {
    int at = name;
    while (message[at] != 0 && u8(message, at) < POINTER) {
      int end = at + u8(message, at) + 1;
      for (int i = at + 1; i < end; i++) {
        message[i] = WireName.lower(message[i]);
      }
      at = end;
    }
  }

  /**
   * Copies the case of a name to the uncompressed name at another offset, if that is the same name
   * or an ancestor; otherwise does nothing.
   */
  static void copyCase(byte[] message, int name, int ancestor) {
    if (!isAtOrBelow(message, name, ancestor)) {
      return;
    }
    int from = name;
    for (int more = labels(message, name) - labels(message, ancestor); more > 0; more--) {
      from = label(message, from + u8(message, from) + 1);
    }
    int at = ancestor;
    while (message[at] != 0 && !isPointer(message, at)) {
      int length = u8(message, at) + 1;
      System.arraycopy(message, from, message, at, length);
      at += length;
      from = label(message, from + length);
    }
  }

  /** Writes a name without compression; returns the offset after it, at most 255 further. */
  static int copy(byte[] message, int name, byte[] to, int offset) {
    int out = offset;
    int at = label(message, name);
    while (message[at] != 0) {
      int length = u8(message, at) + 1;
      System.arraycopy(message, at, to, out, length);
      out += length;
      at = label(message, at + length);
    }
    to[out] = 0;
    return out + 1;
  }

  static boolean isPointer(byte[] message, int name) {
    return u8(message, name) >= POINTER;
  }

  /** Follows compression pointers at an offset; returns the offset of the label. */
  private static int label(byte[] message, int at) {
    int label = at;
    while (u8(message, label) >= POINTER) {
      label = u16(message, label) & 0x3fff;
    }
    return label;
  }

  private static boolean sameBytes(byte[] message, int a, int b, int length) {
    for (int i = 0; i < length; i++) {
      if (WireName.lower(message[a + i]) != WireName.lower(message[b + i])) {
        return false;
      }
    }
    return true;
  }
}
