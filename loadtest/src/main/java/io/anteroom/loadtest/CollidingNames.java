// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names on the wire that all have the same value under any hash of the form {@code sum of octet[i]
 * * base^i} modulo 2^64, whatever its odd base.
 *
 * <p>For odd bases, base^s - 1 is divisible by at least 2^(2 + log2 s) if s is a power of two. So a
 * product of enough such factors is 0 modulo 2^64. Its coefficients, multiplied out, are what two
 * names may differ by. All have even exponents; so they leave the lengths of the labels alone,
 * which are at odd distances from them.
 */
final class CollidingNames {
  private static final int LENGTH = 226;
  private static final int LABEL = 63;
  private static final int MIDDLE = 0xad;

  /** Above the letters that a hash without regard to case would change. */
  private static final int LEAST = 0x5b;

  private static final int MOST = 0xff;
  private static final int FACTORS = 6;
  private static final int MOST_OF_A_FACTOR = 4;
  private static final byte[] SUFFIX = Packets.name("atk.test");

  private final List<int[]> differences = new ArrayList<>();
  private final Set<String> names = new LinkedHashSet<>();
  private final int count;

  private CollidingNames(int count) {
    this.count = count;
  }

  /** Makes so many, or fewer if there are not as many; the same in each process. */
  static List<byte[]> make(int count) {
    CollidingNames made = new CollidingNames(count);
    made.multiply(new int[] {1}, 0, 0);
    made.combine();
    List<byte[]> names = new ArrayList<>();
    made.names.forEach(name -> names.add(name.getBytes(StandardCharsets.ISO_8859_1)));
    return names;
  }

  /** Multiplies with each number of each factor that is left, and keeps what divides enough. */
  private void multiply(int[] product, int factor, int bits) {
    if (factor == FACTORS) {
      if (bits >= Long.SIZE) {
        keep(product);
      }
      return;
    }
    int distance = 2 << factor;
    int[] longer = product;
    for (int i = 0; i <= MOST_OF_A_FACTOR && longer.length < LENGTH - 2; i++) {
      multiply(longer, factor + 1, bits + i * (factor + 3));
      longer = timesFactor(longer, distance);
    }
  }

  /** The product with x^distance - 1. */
  private static int[] timesFactor(int[] product, int distance) {
    int[] longer = new int[product.length + distance];
    for (int i = 0; i < product.length; i++) {
      longer[i] -= product[i];
      longer[i + distance] += product[i];
    }
    return longer;
  }

  private void keep(int[] product) {
    int span = Arrays.stream(product).max().orElse(0) - Arrays.stream(product).min().orElse(0);
    if (span > MOST - MIDDLE) {
      return;
    }
    for (int shift = 0; shift + product.length < LENGTH; shift += 2) {
      for (int sign = -1; sign <= 1; sign += 2) {
        int[] difference = new int[LENGTH];
        for (int i = 0; i < product.length; i++) {
          difference[1 + shift + i] = sign * product[i];
        }
        differences.add(difference);
      }
    }
  }

  private void combine() {
    add(new int[LENGTH], new int[LENGTH]);
    differences.forEach(difference -> add(difference, new int[LENGTH]));
    Random random = new Random(1);
    for (int tries = 0; tries < 10 * count && names.size() < count; tries++) {
      add(any(random), any(random));
    }
  }

  private int[] any(Random random) {
    return differences.get(random.nextInt(differences.size()));
  }

  private void add(int[] difference, int[] other) {
    @Nullable String name = name(difference, other);
    if (name != null && names.size() < count) {
      names.add(name);
    }
  }

  private static @Nullable String name(int[] difference, int[] other) {
    byte[] name = new byte[LENGTH + SUFFIX.length];
    for (int i = 0; i < LENGTH; i++) {
      int octet = MIDDLE + difference[i] + other[i];
      if (octet < LEAST || octet > MOST) {
        return null;
      }
      name[i] = (byte) octet;
    }
    for (int at = 0; at < LENGTH; at += LABEL + 1) {
      name[at] = (byte) Math.min(LABEL, LENGTH - at - 1);
    }
    System.arraycopy(SUFFIX, 0, name, LENGTH, SUFFIX.length);
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
