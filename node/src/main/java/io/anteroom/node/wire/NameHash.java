// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.security.SecureRandom;

/**
 * The hash of domain names in wire format and in lower case: a polynomial modulo the prime 2^61 - 1
 * at a secret random point, so that nobody can choose colliding names.
 *
 * <h2>Why this one</h2>
 *
 * The hash is {@code b0 + b1 * POINT + b2 * POINT^2 + ...} for the bytes of the name. Two different
 * names are two different polynomials of a degree below 255, so they agree at fewer than 255 of the
 * 2^61 points (Carter and Wegman 1979). A polynomial modulo 2^64 has no such bound: there are names
 * that agree at every odd point. The hash of a suffix follows from that of the whole name by a
 * subtraction and a multiplication, which SipHash could not give.
 *
 * <h2>How it is computed</h2>
 *
 * The powers of the point are a table. A product of a byte and a power has 69 bits; so a power is
 * kept as two halves, with which the sums over 255 bytes fit into a long. Nothing is reduced before
 * the end, and no product waits for another.
 */
final class NameHash {
  private static final long PRIME = (1L << 61) - 1;

  private static final int HALF = 30;

  private static final long UPPER_FACTOR;
  private static final long LOWER_FACTOR;
  private static final long SUMMAND;
  private static final long[] LOWER_HALVES = new long[Octets.MAX_NAME];
  private static final long[] UPPER_HALVES = new long[Octets.MAX_NAME];

  /** Powers of the inverse of the point; a label has at most 64 bytes including its length. */
  private static final long[] INVERSE_POWERS = new long[Octets.MAX_LABEL + 2];

  static {
    SecureRandom random = new SecureRandom();
    long point = random.nextLong(2, PRIME);
    UPPER_FACTOR = random.nextLong();
    LOWER_FACTOR = random.nextLong();
    SUMMAND = random.nextLong();
    long power = 1;
    for (int i = 0; i < Octets.MAX_NAME; i++) {
      LOWER_HALVES[i] = power & (1L << HALF) - 1;
      UPPER_HALVES[i] = power >>> HALF;
      power = times(power, point);
    }
    long inverse = inverse(point);
    INVERSE_POWERS[0] = 1;
    for (int i = 1; i < INVERSE_POWERS.length; i++) {
      INVERSE_POWERS[i] = times(INVERSE_POWERS[i - 1], inverse);
    }
  }

  private NameHash() {}

  /**
   * The hash of the bytes of a well-formed name in lower case, or of a part of it; at most 255
   * bytes.
   */
  static long of(byte[] wire, int offset, int length) {
    long lower = 0;
    long upper = 0;
    for (int i = 0; i < length; i++) {
      long octet = wire[offset + i] & 0xff;
      lower += octet * LOWER_HALVES[i];
      upper += octet * UPPER_HALVES[i];
    }
    // Below 2^47 each; 2^61 is 1.
    long shifted = ((upper << HALF) & PRIME) + (upper >>> (61 - HALF));
    return reduced(shifted + lower);
  }

  /** The hash of the suffix that starts after the label at this offset. */
  static long behindLabel(byte[] wire, long hashAtLabel, int offset) {
    int length = wire[offset] + 1;
    long rest = reduced(hashAtLabel + PRIME - of(wire, offset, length));
    return times(rest, INVERSE_POWERS[length]);
  }

  /**
   * Reduces a hash to an int for hash tables. The results of any two hashes, and any of their bits,
   * behave like independent random numbers (Dietzfelbinger 1996).
   */
  static int fold(long hash) {
    long upper = hash >>> Integer.SIZE;
    long lower = hash & 0xffffffffL;
    return (int) ((SUMMAND + upper * UPPER_FACTOR + lower * LOWER_FACTOR) >>> Integer.SIZE);
  }

  /** The product of two numbers below the prime, modulo the prime. */
  private static long times(long a, long b) {
    long low = a * b;
    long high = Math.multiplyHigh(a, b);
    return reduced((low & PRIME) + (low >>> 61 | high << 3));
  }

  /** A number of at most 62 bits modulo the prime. */
  private static long reduced(long number) {
    long rest = (number & PRIME) + (number >>> 61);
    return rest >= PRIME ? rest - PRIME : rest;
  }

  /** The power to the prime less two (Fermat). */
  private static long inverse(long number) {
    long result = 1;
    long square = number;
    for (long exponent = PRIME - 2; exponent != 0; exponent >>= 1) {
      if ((exponent & 1) != 0) {
        result = times(result, square);
      }
      square = times(square, square);
    }
    return result;
  }
}
