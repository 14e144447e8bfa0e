// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.SuspensionKey;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EndedKeysTest {
  @Test
  void key_isRememberedUntilAsManyOthersHaveEnded() {
    EndedKeys ended = new EndedKeys(4);
    SuspensionKey first = new SuspensionKey(1, 7);
    ended.add(first);
    for (int i = 0; i < 3; i++) {
      ended.add(new SuspensionKey(1, 100 + i));
    }
    assertThat(ended.contains(first)).isTrue();
    ended.add(new SuspensionKey(1, 200));
    assertThat(ended.contains(first)).isFalse();
  }

  @Test
  void keys_ofTwoServicesWithOneNumber_areTwo() {
    EndedKeys ended = new EndedKeys(4);
    ended.add(new SuspensionKey(1, 7));
    assertThat(ended.contains(new SuspensionKey(2, 7))).isFalse();
  }

  @Test
  void key_addedTwice_countsOnce() {
    EndedKeys ended = new EndedKeys(4);
    ended.add(new SuspensionKey(1, 0));
    for (int i = 0; i < 10; i++) {
      ended.add(new SuspensionKey(1, 1));
    }
    assertThat(ended.contains(new SuspensionKey(1, 0))).isTrue();
  }

  /**
   * Against a plain model, with keys that crowd in a few slots so that deletion has to move them.
   */
  @Test
  void keys_areExactlyTheLastOnes_howeverTheyCollide() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int capacity = 16;
    EndedKeys ended = new EndedKeys(capacity);
    ArrayDeque<SuspensionKey> model = new ArrayDeque<>();
    for (int i = 0; i < 20_000; i++) {
      SuspensionKey key =
          new SuspensionKey(0, (long) random.nextInt(6) << 12 | random.nextInt(200));
      if (!model.contains(key)) {
        model.add(key);
        if (model.size() > capacity) {
          model.remove();
        }
      }
      ended.add(key);
      SuspensionKey probe =
          new SuspensionKey(0, (long) random.nextInt(6) << 12 | random.nextInt(200));
      assertThat(ended.contains(probe))
          .as("seed %s, step %s", seed, i)
          .isEqualTo(model.contains(probe));
      assertThat(model).as("seed %s", seed).allMatch(ended::contains);
    }
  }
}
