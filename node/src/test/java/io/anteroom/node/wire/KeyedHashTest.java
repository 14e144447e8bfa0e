// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyedHashTest {
  /** The key of the vectors that the authors of SipHash publish: the bytes 0 to 15. */
  private static final KeyedHash AUTHORS = KeyedHash.of(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  @Test
  void unguessable_isSipHash24AsItsAuthorsHaveIt() {
    assertThat(AUTHORS.unguessable(0x0706050403020100L)).isEqualTo(0x93f5f5799a932462L);
  }

  @Test
  void of_isSipHash13() {
    assertThat(AUTHORS.of(0x0706050403020100L, 0x0f0e0d0c0b0a0908L, 0x1716151413121110L))
        .isEqualTo(0xf464aeb267349c8cL);
  }

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
