// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdSpaceTest {
  private final long seed = new Random().nextLong();
  private final IdSpace ids = new IdSpace(new RandomBits(new Random(seed)));

  @Test
  void take_untilExhausted_everyIdExactlyOnce() {
    BitSet seen = new BitSet();
    for (int i = 0; i < IdSpace.SIZE; i++) {
      int id = ids.take();
      assertThat(id).as("seed %d", seed).isBetween(0, IdSpace.SIZE - 1);
      assertThat(seen.get(id)).as("seed %d, id %d", seed, id).isFalse();
      seen.set(id);
    }
    assertThat(seen.cardinality()).isEqualTo(IdSpace.SIZE);
    assertThat(ids.take()).isEqualTo(IdSpace.NONE);
    assertThat(ids.size()).isEqualTo(IdSpace.SIZE);
  }

  @Test
  void take_afterRelease_givesTheIdAgain() {
    for (int i = 0; i < IdSpace.SIZE; i++) {
      ids.take();
    }
    ids.release(4711);
    assertThat(ids.isTaken(4711)).isFalse();
    assertThat(ids.take()).isEqualTo(4711);
    assertThat(ids.take()).isEqualTo(IdSpace.NONE);
  }

  @Test
  void release_ofFreeId_changesNothing() {
    int id = ids.take();
    ids.release(id ^ 1);
    assertThat(ids.size()).isEqualTo(1);
    assertThat(ids.isTaken(id)).isTrue();
  }

  @Test
  void take_tenThousand_spreadOverTheWholeRange() {
    int[] buckets = new int[16];
    int steps = 0;
    int last = 0;
    for (int i = 0; i < 10_000; i++) {
      int id = ids.take();
      buckets[id >> 12]++;
      steps += Math.abs(id - last) == 1 ? 1 : 0;
      last = id;
    }
    // 625 each on average, with a standard deviation of 24: seven of them to either side.
    assertThat(Arrays.stream(buckets).boxed())
        .as("seed %d", seed)
        .allMatch(n -> n > 450 && n < 800);
    assertThat(steps).as("neighbours, seed %d", seed).isLessThan(20);
  }

  @Test
  void take_withOtherSeeds_givesOtherIds() {
    IdSpace other = new IdSpace(new RandomBits(new Random(seed + 1)));
    int same = 0;
    for (int i = 0; i < 1000; i++) {
      same += ids.take() == other.take() ? 1 : 0;
    }
    assertThat(same).as("seed %d", seed).isLessThan(10);
  }
}
