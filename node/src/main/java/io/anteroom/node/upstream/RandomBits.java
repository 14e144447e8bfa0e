// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.util.random.RandomGenerator;

/**
 * Provides random bits in small pieces. It reads 4 KiB from its source at a time, because each call
 * of a {@code SecureRandom} takes a lock and computes a hash; so an id costs some 10 ns instead of
 * a microsecond. Confined to one thread at a time.
 */
final class RandomBits {
  /** The bit that is set in lower case ASCII letters and not in upper case ones. */
  private static final int CASE = 0x20;

  private final RandomGenerator source;
  private final byte[] buffer = new byte[4096];
  private int next = buffer.length;

  RandomBits(RandomGenerator source) {
    this.source = source;
  }

  /** A random number from 0 to 65,535. */
  int next16() {
    if (next == buffer.length) {
      source.nextBytes(buffer);
      next = 0;
    }
    int bits = ((buffer[next] & 0xff) << 8) | (buffer[next + 1] & 0xff);
    next += 2;
    return bits;
  }

  /** A random number from 0 to {@code bound - 1}, almost uniform for bounds far below 65,536. */
  int below(int bound) {
    return (next16() * bound) >>> 16;
  }

  /** Gives each ASCII letter between two offsets a random case. */
  void mixCase(byte[] text, int from, int to) {
    int bits = 0;
    int left = 0;
    for (int i = from; i < to; i++) {
      int lower = text[i] | CASE;
      // Label lengths are at most 63, so they are never taken for letters.
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
