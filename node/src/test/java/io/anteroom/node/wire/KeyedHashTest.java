// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyedHashTest {

  @Test
  void of_sameKey_isTheSame() {
    assertThat(KeyedHash.of(1, 2).of(3, 4, 5)).isEqualTo(KeyedHash.of(1, 2).of(3, 4, 5));
  }

  @Test
  void of_oneBitChanged_changesAboutHalfOfTheBits() {
    Random random = new Random(11);
    long changed = 0;
    int trials = 5 * 64;
    for (int trial = 0; trial < trials; trial++) {
      long[] words = random.longs(5).toArray();
      long before = KeyedHash.of(words[0], words[1]).of(words[2], words[3], words[4]);
      words[trial / 64] ^= 1L << trial;
      long after = KeyedHash.of(words[0], words[1]).of(words[2], words[3], words[4]);
      changed += Long.bitCount(before ^ after);
    }
    assertThat(changed / (double) trials).isBetween(31.0, 33.0);
  }
}
