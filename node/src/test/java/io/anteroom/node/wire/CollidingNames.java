// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Names that have one value of {@code b0 + b1 * x + b2 * x^2 + ...} modulo 2^64, whatever odd x is.
 * They differ by multiples of products of {@code x^s - 1}: at an odd x such a factor is divisible
 * by a power of two that grows with s, and enough of them by 2^64.
 */
public final class CollidingNames {
  private static final int[] STEPS = {2, 4, 8, 16, 32, 64};

  /** The power of two that divides the factor with this step. */
  private static final int[] BITS = {3, 4, 5, 6, 7, 8};

  private static final int MAX_OF_EACH = 4;
  private static final int LENGTH = 226;
  private static final int MAX_DEGREE = LENGTH - 4;
  private static final int FIRST = 0x5b;
  private static final int MIDDLE = 0xad;
  private static final byte[] ZONE = {3, 'a', 't', 'k', 4, 't', 'e', 's', 't', 0};

  private final Set<WireName> names = new LinkedHashSet<>();
  private final int count;

  private CollidingNames(int count) {
    this.count = count;
  }

  /** So many names, a few thousand at most. */
  public static List<WireName> of(int count) {
    CollidingNames made = new CollidingNames(count);
    made.multiply(new int[] {1}, 0, 0);
    return List.copyOf(made.names);
  }

  /** Goes on with factors from this step on. */
  private void multiply(int[] product, int step, int bits) {
    if (names.size() >= count) {
      return;
    }
    if (step == STEPS.length) {
      if (bits >= Long.SIZE) {
        addShifted(product);
      }
      return;
    }
    int[] next = product;
    for (int n = 0; n <= MAX_OF_EACH && next.length <= MAX_DEGREE; n++) {
      multiply(next, step + 1, bits + n * BITS[step]);
      next = times(next, STEPS[step]);
    }
  }

  private static int[] times(int[] product, int step) {
    int[] next = new int[product.length + step];
    for (int i = 0; i < product.length; i++) {
      next[i] -= product[i];
      next[i + step] += product[i];
    }
    return next;
  }

  private void addShifted(int[] difference) {
    for (int at = 1; at + difference.length <= LENGTH && names.size() < count; at += 2) {
      add(difference, at, 1);
      add(difference, at, -1);
    }
  }

  private void add(int[] difference, int at, int sign) {
    int[] octets = IntStream.generate(() -> MIDDLE).limit(LENGTH).toArray();
    for (int i = 0; i < difference.length; i++) {
      octets[at + i] += sign * difference[i];
    }
    if (Arrays.stream(octets).anyMatch(octet -> octet < FIRST || octet > 0xff)) {
      return;
    }
    octets[0] = octets[64] = octets[128] = 63;
    octets[192] = LENGTH - 193;
    byte[] wire = Arrays.copyOf(ZONE, LENGTH + ZONE.length);
    IntStream.range(0, LENGTH).forEach(i -> wire[i] = (byte) octets[i]);
    System.arraycopy(ZONE, 0, wire, LENGTH, ZONE.length);
    names.add(WireName.ofWire(wire));
  }

  /** The value that they have in common. */
  static long value(WireName name, long oddPoint) {
    long value = 0;
    List<Byte> bytes = new ArrayList<>();
    for (byte octet : name.toWire()) {
      bytes.add(0, octet);
    }
    for (byte octet : bytes) {
      value = value * oddPoint + (octet & 0xff);
    }
    return value;
  }
}
