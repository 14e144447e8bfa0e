// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class NameHashTest {
  private static final int NAMES = 2_000;

  @Test
  void hash_namesThatCollideModulo2To64_areDifferent() {
    List<WireName> names = CollidingNames.of(NAMES);
    assertThat(names).hasSize(NAMES);
    long point = new Random(5).nextLong() | 1;
    assertThat(names.stream().map(name -> CollidingNames.value(name, point)).distinct()).hasSize(1);

    assertThat(names.stream().map(WireName::longHash).distinct()).hasSize(NAMES);
    // Two of 32 bits may meet: once in 2,000 runs of this test.
    assertThat(names.stream().map(WireName::hashCode).collect(Collectors.toSet()))
        .hasSizeGreaterThan(NAMES - 3);
  }

  @Test
  void fold_lowBitsOfCollidingNames_areSpreadEvenly() {
    // A table of 1,024 slots: 2,000 names in 1,024 of them leave a seventh empty.
    assertThat(
            CollidingNames.of(NAMES).stream()
                .map(name -> NameHash.fold(name.longHash()) & 1023)
                .distinct()
                .count())
        .isBetween(780L, 980L);
  }

  @Test
  void behindLabel_everyLabel_isTheHashOfTheRest() {
    for (WireName name : CollidingNames.of(50)) {
      assertSuffixes(name);
    }
    assertSuffixes(WireName.parse("a.b.c.d.e.f.example"));
    assertSuffixes(WireName.parse("x".repeat(63) + ".y." + "z".repeat(63)));
  }

  private static void assertSuffixes(WireName name) {
    for (int labels = name.labels(); labels >= 0; labels--) {
      WireName suffix = WireName.ofWire(name.ancestor(labels).toWire());
      assertThat(name.hashOfLast(labels)).isEqualTo(suffix.longHash());
      assertThat(name.ancestor(labels)).isEqualTo(suffix);
    }
    assertThat(name.parent().longHash()).isEqualTo(name.hashOfLast(name.labels() - 1));
  }

  @Test
  void hash_root_isZero() {
    assertThat(WireName.parse(".").longHash()).isZero();
  }

  @Test
  void ofWire_longestName_isHashed() {
    byte[] wire = new byte[255];
    for (int i = 0; i < 254; i += 2) {
      wire[i] = 1;
      wire[i + 1] = (byte) 0xff;
    }
    WireName name = WireName.ofWire(wire);
    assertThat(name.longHash()).isBetween(0L, (1L << 61) - 2);
    assertThat(name.hashOfLast(126)).isEqualTo(name.parent().longHash());
    assertThat(name.hashOfLast(0)).isZero();
  }
}
