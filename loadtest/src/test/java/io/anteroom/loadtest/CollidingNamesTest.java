// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class CollidingNamesTest {
  private static final List<byte[]> NAMES = CollidingNames.make(16_000);

  @Test
  void names_areAllDifferent_andAsManyAsWanted() {
    assertThat(NAMES.stream().map(name -> new String(name, StandardCharsets.ISO_8859_1)).distinct())
        .hasSize(16_000);
  }

  @Test
  void polynomialHash_isTheSameForAll_whateverItsOddBase() {
    for (long base : new long[] {31, 0x9e3779b97f4a7c15L, 0xfedcba9876543211L}) {
      assertThat(NAMES.stream().map(name -> hash(name, base)).collect(Collectors.toSet()))
          .hasSize(1);
    }
  }

  @Test
  void labels_haveAtMost63Octets_andEndWithTheRoot() {
    for (byte[] name : NAMES) {
      int at = 0;
      while (name[at] != 0) {
        assertThat(name[at]).isPositive().isLessThan((byte) 64);
        at += 1 + name[at];
      }
      assertThat(at).isEqualTo(name.length - 1).isLessThan(255);
    }
  }

  private static long hash(byte[] name, long base) {
    long hash = 0;
    for (int i = name.length - 1; i >= 0; i--) {
      hash = hash * base + (name[i] & 0xff);
    }
    return hash;
  }
}
