// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A domain name in wire format, in lower case (RFC 4343), with its hash. Immutable.
 *
 * <p>The hash is a polynomial that starts at the end of the name: {@code h(i) = byte(i) + BASE *
 * h(i+1)}, modulo the prime 2^61 - 1. So BASE has an inverse, and the hash of what is left when the
 * first byte is taken away is {@code h(i+1) = (h(i) - byte(i)) / BASE}. That gives the hashes of
 * all suffixes of a name in one pass from its start, without a table of its labels; see {@link
 * NameTable#closest}.
 *
 * <p>Clients choose names, and must not be able to choose names that collide. BASE is random per
 * process, and two names have the same hash for at most 254 of its 2^61 values, since that many
 * roots their difference has. Modulo 2^64 there are names that collide for every BASE.
 */
public final class WireName implements Comparable<WireName> {
  /** The longest name, in wire format (RFC 1035 section 3.1). */
  public static final int MAX_LENGTH = Octets.MAX_NAME;

  /** A Mersenne prime, so that a remainder takes no division. */
  private static final long PRIME = (1L << 61) - 1;

  private static final long BASE = new SecureRandom().nextLong(1L << 32, PRIME);
  private static final long INVERSE = inverse(BASE);
  private static final byte[] LOWER = lowerCase();

  private final byte[] wire;
  private final long hash;

  /** The bytes must be a sound name in lower case, and must not be changed afterwards. */
  private WireName(byte[] wire, long hash) {
    this.wire = wire;
    this.hash = hash;
  }

  /**
   * Reads the presentation form, relative or absolute alike ({@code www.example} and {@code
   * www.example.} are the same), with RFC 1035 section 5.1 escapes.
   *
   * @throws IllegalArgumentException if it is no domain name
   */
  public static WireName parse(String text) {
    byte[] wire = NameText.parse(text);
    return copyOf(wire, 0, wire.length);
  }

  /** Whether {@link #parse} can read this text. */
  public static boolean isName(String text) {
    try {
      NameText.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Copies a name in wire format.
   *
   * @throws IllegalArgumentException if it is no uncompressed domain name, or more than one
   */
  public static WireName ofWire(byte[] wire) {
    if (Octets.plainNameEnd(wire, 0) != wire.length) {
      throw new IllegalArgumentException("no domain name in wire format");
    }
    return copyOf(wire, 0, wire.length);
  }

  /** Copies the uncompressed, already checked name at this offset, in lower case. */
  static WireName copyOf(byte[] message, int offset, int length) {
    byte[] wire = new byte[length];
    long hash = 0;
    for (int i = length - 1; i >= 0; i--) {
      // Lengths are below 'A', so that they need no care.
      byte lower = LOWER[message[offset + i] & 0xff];
      wire[i] = lower;
      hash = append(hash, lower);
    }
    return new WireName(wire, hash);
  }

  /** The hash of a sound name in lower case. */
  static long hash(byte[] wire, int offset, int length) {
    long hash = 0;
    for (int i = offset + length - 1; i >= offset; i--) {
      hash = append(hash, wire[i]);
    }
    return hash;
  }

  private static long append(long hash, byte next) {
    long sum = times(hash, BASE) + (next & 0xff);
    return sum >= PRIME ? sum - PRIME : sum;
  }

  /** The product of two numbers below the prime, modulo the prime. */
  private static long times(long a, long b) {
    long low = a * b;
    // 2^61 is 1 modulo the prime, so what is above 61 bits counts once.
    long sum = (low & PRIME) + (Math.multiplyHigh(a, b) << 3 | low >>> 61);
    return sum >= PRIME ? sum - PRIME : sum;
  }

  /** Whether two uncompressed, checked names of this length are the same but for their case. */
  static boolean sameIgnoringCase(byte[] a, byte[] b, int offset, int length) {
    if (Arrays.equals(a, offset, offset + length, b, offset, offset + length)) {
      return true;
    }
    for (int i = offset; i < offset + length; i++) {
      if (LOWER[a[i] & 0xff] != LOWER[b[i] & 0xff]) {
        return false;
      }
    }
    return true;
  }

  static byte lower(byte letter) {
    return LOWER[letter & 0xff];
  }

  /** The length in wire format, with the root label; 1 to 255. */
  public int length() {
    return wire.length;
  }

  /** A copy of the name in wire format. */
  public byte[] toWire() {
    return wire.clone();
  }

  /** Writes the name in wire format there. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(wire, 0, target, offset, wire.length);
  }

  /** The presentation form without the dot at the end; empty for the root. */
  public String text() {
    String plain = NameText.unescaped(wire);
    if (plain != null) {
      return plain;
    }
    String text = NameText.format(wire);
    return text.substring(0, text.length() - 1);
  }

  /** Whether this name is that one, or below it. */
  public boolean isAtOrBelow(WireName ancestor) {
    int start = wire.length - ancestor.wire.length;
    int next = 0;
    while (next < start) {
      next += wire[next] + 1;
    }
    return next == start
        && Arrays.equals(wire, start, wire.length, ancestor.wire, 0, ancestor.wire.length);
  }

  /** The name without its first label; the root's is the root. */
  public WireName parent() {
    int label = wire[0] + 1;
    return wire.length == 1 ? this : copyOf(wire, label, wire.length - label);
  }

  /** How many labels it has, without the root's. */
  public int labels() {
    int labels = 0;
    for (int at = 0; wire[at] != 0; at += wire[at] + 1) {
      labels++;
    }
    return labels;
  }

  /** The name that its last labels make: this name, or one above it. */
  public WireName ancestor(int labels) {
    int at = 0;
    for (int skipped = labels() - labels; skipped > 0; skipped--) {
      at += wire[at] + 1;
    }
    return at == 0 ? this : copyOf(wire, at, wire.length - at);
  }

  /** Whether the first label is an asterisk (RFC 4592 section 2.1.1). */
  public boolean isWildcard() {
    return wire[0] == 1 && wire[1] == '*';
  }

  /** The bytes themselves, for reading only. */
  byte[] wire() {
    return wire;
  }

  /** The hash of the whole name, from which those of its suffixes follow. */
  long longHash() {
    return hash;
  }

  /**
   * The hash of the last so many labels of it, or of the whole name if it has no more. Equal names
   * have equal hashes, which are others in the next process.
   */
  public long hashOfLast(int labels) {
    long rest = hash;
    int at = 0;
    for (int more = labels() - labels; more > 0; more--) {
      rest = hashBehindLabel(wire, rest, at);
      at += wire[at] + 1;
    }
    return rest;
  }

  /** The hash of the suffix that starts behind the label at this offset. */
  static long hashBehindLabel(byte[] wire, long hashAtLabel, int offset) {
    long rest = hashAtLabel;
    int end = offset + wire[offset] + 1;
    for (int i = offset; i < end; i++) {
      long without = rest - (wire[i] & 0xff);
      rest = times(without < 0 ? without + PRIME : without, INVERSE);
    }
    return rest;
  }

  /** Half as many bits, which all depend on all. */
  static int fold(long hash) {
    return (int) ((hash * 0x9e3779b97f4a7c15L) >>> 32);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WireName name && hash == name.hash && Arrays.equals(wire, name.wire);
  }

  @Override
  public int hashCode() {
    return fold(hash);
  }

  /** The presentation form, absolute, with escapes. */
  @Override
  public String toString() {
    return NameText.format(wire);
  }

  /**
   * In the order of the bytes, which is that of no standard: for tables that sort what collides.
   */
  @Override
  public int compareTo(WireName other) {
    return Arrays.compareUnsigned(wire, other.wire);
  }

  /** By Fermat's little theorem: the power with the exponent PRIME - 2. */
  private static long inverse(long number) {
    long inverse = 1;
    long power = number;
    for (long exponent = PRIME - 2; exponent > 0; exponent >>= 1) {
      if ((exponent & 1) == 1) {
        inverse = times(inverse, power);
      }
      power = times(power, power);
    }
    return inverse;
  }

  private static byte[] lowerCase() {
    byte[] lower = new byte[256];
    for (int i = 0; i < lower.length; i++) {
      lower[i] = (byte) (i >= 'A' && i <= 'Z' ? i + 32 : i);
    }
    return lower;
  }
}
