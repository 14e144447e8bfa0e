// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What {@link NameMapTest} does not see: numbers, and the memory they stand for. */
final class NameTableTest {
  private final NameTable table = new NameTable();

  @Test
  void empty_findsNothing() {
    assertThat(table.find(WireName.parse("a"))).isEqualTo(NameTable.NONE);
    assertThat(table.closest(WireName.parse("a"))).isEqualTo(NameTable.NONE);
    assertThat(table.closestAbove(WireName.parse("."))).isEqualTo(NameTable.NONE);
    table.trim();
    assertThat(table.add(WireName.parse("a"))).isZero();
  }

  @Test
  void add_numbersInOrder_oncePerName() {
    assertThat(table.add(WireName.parse("a.example"))).isZero();
    assertThat(table.add(WireName.parse("b.example"))).isEqualTo(1);
    assertThat(table.add(WireName.parse("A.Example."))).isZero();
    assertThat(table.size()).isEqualTo(2);
  }

  @Test
  void name_isTheOneThatWasAdded() {
    table.add(WireName.parse("Long.Name.example"));
    table.add(WireName.parse("."));
    table.add(WireName.parse("b"));
    table.trim();
    assertThat(table.name(0)).isEqualTo(WireName.parse("long.name.example"));
    assertThat(table.name(1)).isEqualTo(WireName.parse("."));
    assertThat(table.length(1)).isEqualTo(1);
    assertThat(table.name(2)).isEqualTo(WireName.parse("b"));
    assertThat(table.find(WireName.parse("b"))).isEqualTo(2);
  }

  @Test
  void closestAbove_isNeverTheNameItself() {
    table.add(WireName.parse("example"));
    table.add(WireName.parse("a.example"));
    assertThat(table.closest(WireName.parse("a.example"))).isEqualTo(1);
    assertThat(table.closestAbove(WireName.parse("a.example"))).isZero();
    assertThat(table.closestAbove(WireName.parse("x.a.example"))).isEqualTo(1);
    assertThat(table.closestAbove(WireName.parse("example"))).isEqualTo(NameTable.NONE);
  }

  @Test
  void bytes_manyNames_tensForEach() {
    int names = 100_000;
    for (int i = 0; i < names; i++) {
      table.add(WireName.parse("host%06d.example.com".formatted(i)));
    }
    table.trim();
    assertThat(table.bytes() / names).isBetween(30L, 50L);
  }
}
