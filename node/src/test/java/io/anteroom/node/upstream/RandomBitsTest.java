// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RandomBitsTest {
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";

  private final long seed = new Random().nextLong();
  private final RandomBits random = new RandomBits(new Random(seed));

  @Test
  void mixCase_manyTimes_everyLetterUpperHalfOfTheTime() {
    int[] upper = new int[LETTERS.length()];
    for (int round = 0; round < 1_000; round++) {
      byte[] text = LETTERS.getBytes(StandardCharsets.US_ASCII);
      random.mixCase(text, 0, text.length);
      assertThat(new String(text, StandardCharsets.US_ASCII)).isEqualToIgnoringCase(LETTERS);
      for (int i = 0; i < text.length; i++) {
        upper[i] += Character.isUpperCase(text[i]) ? 1 : 0;
      }
    }
    assertThat(upper).as("seed %d", seed).doesNotContain(0, 1_000);
    for (int times : upper) {
      assertThat(times).as("seed %d", seed).isBetween(400, 600);
    }
  }

  @Test
  void mixCase_whatIsNoLetterOrOutside_stays() {
    byte[] text = new byte[256];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) i;
    }
    byte[] before = text.clone();
    random.mixCase(text, 0, 'z');
    for (int i = 0; i < text.length; i++) {
      if (i >= 'z' || !Character.isLetter(i) || i > 127) {
        assertThat(text[i]).as("byte %d", i).isEqualTo(before[i]);
      }
    }
  }
}
