// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.wire.CollidingNames;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class AnswerKeyTest {
  private static final int KEYS = 4_000;

  private int comparisons;

  /** A key that counts how often it is compared, and is the same to a table otherwise. */
  private final class Counted implements Comparable<Counted> {
    private final AnswerKey key;

    Counted(AnswerKey key) {
      this.key = key;
    }

    @Override
    public boolean equals(Object other) {
      comparisons++;
      return other instanceof Counted counted && key.equals(counted.key);
    }

    @Override
    public int hashCode() {
      return key.hashCode();
    }

    @Override
    public int compareTo(Counted other) {
      comparisons++;
      return key.compareTo(other.key);
    }
  }

  @Test
  void lookUp_namesChosenToCollide_comparesTwiceAtMostOnAverage() {
    assertBounded(CollidingNames.of(KEYS).stream().map(name -> key(name, 1, 1)).toList());
  }

  @Test
  void lookUp_typesAndClassesOfOneName_comparesTwiceAtMostOnAverage() {
    WireName name = WireName.parse("victim.example");
    // Both halves grow by the same, so that they are alike where a table takes their difference.
    assertBounded(IntStream.rangeClosed(1, KEYS).mapToObj(i -> key(name, i << 3, i << 3)).toList());
  }

  private void assertBounded(List<AnswerKey> keys) {
    Map<Counted, Integer> table = new HashMap<>();
    keys.forEach(key -> table.put(new Counted(key), 1));
    assertThat(table).hasSize(KEYS);
    comparisons = 0;
    keys.forEach(key -> assertThat(table.get(new Counted(key))).isEqualTo(1));
    assertThat(comparisons).isLessThanOrEqualTo(2 * KEYS);
  }

  private static AnswerKey key(WireName name, int type, int dnsClass) {
    ByteBuffer packet = ByteBuffer.allocate(12 + name.length() + 4);
    packet.putInt(0x12340100).putInt(0x00010000).putInt(0).put(name.toWire());
    packet.putShort((short) type).putShort((short) dnsClass);
    return AnswerKey.of(0, (WireQuery) WireQuery.parse(packet.array()));
  }
}
