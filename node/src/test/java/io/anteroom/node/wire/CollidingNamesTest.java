// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Names whose bytes differ by multiples of products of (x^s - 1), s a power of two: their
 * polynomials have the same value modulo 2^64 for every odd base.
 */
final class CollidingNamesTest {
  private static final int LENGTH = 226;

  /** How often x^2 - 1, x^4 - 1, and so on up to x^64 - 1, are multiplied. */
  private static final int[][] POWERS = {
    {1, 2, 4, 3, 1, 1}, {1, 2, 3, 4, 1, 1}, {2, 1, 3, 4, 1, 1}, {1, 1, 4, 4, 1, 1},
    {1, 3, 3, 2, 2, 1}, {1, 3, 2, 3, 2, 1}, {1, 1, 1, 4, 4, 0}, {1, 4, 2, 1, 3, 1}
  };

  @Test
  void namesThatCollideModulo2To64_forEveryBase_haveHashesOfTheirOwn() {
    List<byte[]> names = colliding();
    assertThat(names).hasSizeGreaterThan(100);
    Random random = new Random(1);
    for (int i = 0; i < 3; i++) {
      long base = random.nextLong() | 1;
      Set<Long> modulo2To64 = new HashSet<>();
      names.forEach(name -> modulo2To64.add(polynomial(name, base)));
      assertThat(modulo2To64).hasSize(1);
    }
    Set<Long> hashes = new HashSet<>();
    Set<Integer> folded = new HashSet<>();
    for (byte[] wire : names) {
      WireName name = WireName.ofWire(wire);
      hashes.add(name.longHash());
      folded.add(name.hashCode());
    }
    assertThat(hashes).hasSameSizeAs(names);
    assertThat(folded).hasSizeGreaterThan(names.size() * 99 / 100);
  }

  @Test
  void hashOfEachSuffix_isThatOfTheNameItIs() {
    Random random = new Random(2);
    for (int i = 0; i < 2_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int label = 1 + random.nextInt(6); label > 0; label--) {
        for (int n = 1 + random.nextInt(20); n > 0; n--) {
          text.append((char) ('a' + random.nextInt(26)));
        }
        text.append('.');
      }
      WireName name = WireName.parse(text.toString());
      for (int labels = 1; labels <= name.labels(); labels++) {
        String[] all = text.toString().split("\\.");
        String suffix = String.join(".", List.of(all).subList(all.length - labels, all.length));
        assertThat(name.hashOfLast(labels))
            .as("%s of %s", suffix, name)
            .isEqualTo(WireName.parse(suffix).longHash());
      }
    }
  }

  private static long polynomial(byte[] name, long base) {
    long value = 0;
    for (int i = name.length - 1; i >= 0; i--) {
      value = value * base + (name[i] & 0xff);
    }
    return value;
  }

  /** Differences are at odd offsets only, where no label has its length. */
  private static List<byte[]> colliding() {
    List<byte[]> names = new ArrayList<>();
    names.add(plain());
    for (int[] powers : POWERS) {
      int[] product = {1};
      for (int i = 0; i < powers.length; i++) {
        for (int n = powers[i]; n > 0; n--) {
          product = times(product, 2 << i);
        }
      }
      for (int shift = 1; shift + product.length < LENGTH; shift += 2) {
        names.add(changed(product, shift, 1));
        names.add(changed(product, shift, -1));
      }
    }
    return names;
  }

  private static byte[] changed(int[] product, int shift, int sign) {
    byte[] name = plain();
    for (int i = 0; i < product.length; i++) {
      name[shift + i] += (byte) (sign * product[i]);
    }
    return name;
  }

  /** Three labels of 63 bytes, and one of 33. */
  private static byte[] plain() {
    byte[] name = new byte[LENGTH + 1];
    Arrays.fill(name, 0, LENGTH, (byte) 0xad);
    name[0] = 63;
    name[64] = 63;
    name[128] = 63;
    name[192] = 33;
    return name;
  }

  private static int[] times(int[] polynomial, int step) {
    int[] product = new int[polynomial.length + step];
    for (int i = 0; i < polynomial.length; i++) {
      product[i + step] += polynomial[i];
      product[i] -= polynomial[i];
    }
    return product;
  }
}
