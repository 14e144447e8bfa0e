// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class NameMapTest {

  @Test
  void empty_findsNothing() {
    NameMap<String> map = new NameMap<>();
    assertThat(map.size()).isZero();
    assertThat(map.get(WireName.parse("."))).isNull();
    assertThat(map.closest(WireName.parse("a.b"))).isNull();
  }

  @Test
  void put_sameNameInOtherCase_replaces() {
    NameMap<String> map = new NameMap<>();
    assertThat(map.put(WireName.parse("A.example"), "old")).isNull();
    assertThat(map.put(WireName.parse("a.EXAMPLE"), "new")).isEqualTo("old");
    assertThat(map.get(WireName.parse("a.example"))).isEqualTo("new");
    assertThat(map.size()).isEqualTo(1);
  }

  @Test
  void closest_longestSuffixByWholeLabels() {
    NameMap<String> map = new NameMap<>();
    map.put(WireName.parse("example.com"), "zone");
    map.put(WireName.parse("a.b.example.com"), "deep");
    assertThat(map.closest(WireName.parse("x.a.b.example.com"))).isEqualTo("deep");
    assertThat(map.closest(WireName.parse("a.b.example.com"))).isEqualTo("deep");
    assertThat(map.closest(WireName.parse("b.example.com"))).isEqualTo("zone");
    assertThat(map.closest(WireName.parse("badexample.com"))).isNull();
    assertThat(map.closest(WireName.parse("com"))).isNull();
    map.put(WireName.parse("."), "root");
    assertThat(map.closest(WireName.parse("com"))).isEqualTo("root");
    assertThat(map.closest(WireName.parse("."))).isEqualTo("root");
  }

  @Test
  void manyNames_agreeWithAHashMap() {
    long seed = 42;
    Random random = new Random(seed);
    Map<String, Integer> expected = new HashMap<>();
    NameMap<Integer> map = new NameMap<>();
    for (int i = 0; i < 100_000; i++) {
      String name = randomName(random);
      assertThat(map.put(WireName.parse(name), i)).isEqualTo(expected.put(name, i));
    }
    assertThat(map.size()).isEqualTo(expected.size());
    for (int i = 0; i < 100_000; i++) {
      String name = randomName(random);
      WireName wire = WireName.parse(name);
      assertThat(map.get(wire)).as("seed " + seed).isEqualTo(expected.get(name));
      assertThat(map.closest(wire)).as("seed " + seed).isEqualTo(closest(expected, name));
    }
  }

  private static Integer closest(Map<String, Integer> names, String name) {
    for (String rest = name; !rest.isEmpty(); rest = rest.substring(rest.indexOf('.') + 1)) {
      if (names.containsKey(rest)) {
        return names.get(rest);
      }
    }
    return null;
  }

  private static String randomName(Random random) {
    StringBuilder name = new StringBuilder();
    for (int labels = 1 + random.nextInt(5); labels > 0; labels--) {
      name.append(Integer.toString(random.nextInt(30), 36)).append('.');
    }
    return name.toString();
  }
}
