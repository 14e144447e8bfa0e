// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueryIdsTest {
  private static final int SOME = 200_000;

  @Test
  void ids_neverRepeat() {
    QueryIds ids = new QueryIds(new SecureRandom());
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < SOME; i++) {
      assertThat(seen.add(ids.next(i & 0xff))).isTrue();
    }
  }

  @Test
  void id_namesItsShard_andIsNotNegative() {
    QueryIds ids = new QueryIds(new SecureRandom());
    for (int shard = 0; shard < 256; shard++) {
      long id = ids.next(shard);
      assertThat(id & 0xff).isEqualTo(shard);
      assertThat(id).isNotNegative();
    }
  }

  @Test
  void permutation_staysWithin51Bits_atBothEnds() {
    QueryIds ids = new QueryIds(new SecureRandom());
    for (long n : new long[] {0, 1, (1L << 25) - 1, 1L << 25, (1L << 51) - 1}) {
      assertThat(ids.permute(n)).isBetween(0L, (1L << 51) - 1);
    }
  }

  @Test
  void permutation_dependsOnTheKey() {
    QueryIds one = new QueryIds(new SecureRandom());
    QueryIds other = new QueryIds(new SecureRandom());
    int same = 0;
    for (int n = 0; n < 1_000; n++) {
      same += one.permute(n) == other.permute(n) ? 1 : 0;
    }
    assertThat(same).isLessThan(3);
  }

  /** A filter that sees two of its keys in a row must not be able to tell the next one. */
  @Test
  void neighbours_differInAboutHalfOfTheBits() {
    QueryIds ids = new QueryIds(new SecureRandom());
    long differing = 0;
    int pairs = 10_000;
    for (int n = 0; n < pairs; n++) {
      differing += Long.bitCount(ids.permute(n) ^ ids.permute(n + 1));
    }
    assertThat((double) differing / pairs).isBetween(25.0, 26.0);
  }
}
