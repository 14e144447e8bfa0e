// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.util.random.RandomGenerator;

/**
 * Hands out random bits in small pieces. It fetches 4 KiB at a time, because a {@code SecureRandom}
 * takes a lock and a hash per call: so an id costs some 10 ns and not a microsecond. Confined to
 * one thread at a time.
 */
final class RandomBits {
  /** What tells a lower case letter of ASCII from an upper case one. */
  private static final int CASE = 0x20;

  private final RandomGenerator source;
  private final byte[] buffer = new byte[4096];
  private int next = buffer.length;

  RandomBits(RandomGenerator source) {
    this.source = source;
  }

  /** A number of 16 bits. */
  int next16() {
    if (next == buffer.length) {
      source.nextBytes(buffer);
      next = 0;
    }
    int bits = ((buffer[next] & 0xff) << 8) | (buffer[next + 1] & 0xff);
    next += 2;
    return bits;
  }

  /** A number from 0 to {@code bound - 1}, as good as evenly spread for bounds far under 65,536. */
  int below(int bound) {
    return (next16() * bound) >>> 16;
  }

  /** Gives each letter of ASCII between two offsets a case by chance. */
  void mixCase(byte[] text, int from, int to) {
    int bits = 0;
    int left = 0;
    for (int i = from; i < to; i++) {
      int lower = text[i] | CASE;
      // The lengths of labels, up to 63, are no letters.
      if (lower >= 'a' && lower <= 'z') {
        if (left == 0) {
          bits = next16();
          left = 16;
        }
        text[i] = (byte) (lower & ~(bits & CASE));
        bits = bits >>> 1 | (bits & 1) << 15;
        left--;
      }
    }
  }
}
