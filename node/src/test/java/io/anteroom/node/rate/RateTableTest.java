// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateTableTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong evicted = new AtomicLong();
  private long now = -5 * SECOND;

  private RateTable table(int entries, double perSecond, double burst, int cycle) {
    return new RateTable(entries, perSecond, burst, cycle, now, evicted::incrementAndGet);
  }

  /** How many of so many events at once are within the rate. */
  private long within(RateTable table, long key, int events) {
    long within = 0;
    for (int i = 0; i < events; i++) {
      within += table.take(key, now) == RateTable.WITHIN ? 1 : 0;
    }
    return within;
  }

  @Test
  void take_atOnce_asManyAsTheBurst() {
    assertThat(within(table(100, 10, 7, 1), 1, 50)).isEqualTo(7);
  }

  @Test
  void take_asTimeGoesBy_theRate() {
    RateTable table = table(100, 10, 10, 1);
    assertThat(within(table, 1, 50)).isEqualTo(10);
    now += SECOND / 2;
    assertThat(within(table, 1, 50)).isEqualTo(5);
    now += SECOND / 20;
    assertThat(within(table, 1, 50)).isZero();
    now += SECOND / 20;
    assertThat(within(table, 1, 50)).isEqualTo(1);
    now += 100 * SECOND;
    assertThat(within(table, 1, 50)).as("no more than a bucket").isEqualTo(10);
  }

  @Test
  void take_lessThanOneASecond_isKept() {
    RateTable table = table(100, 0.25, 1, 1);
    assertThat(within(table, 1, 5)).isEqualTo(1);
    now += 3 * SECOND;
    assertThat(within(table, 1, 5)).isZero();
    now += SECOND;
    assertThat(within(table, 1, 5)).isEqualTo(1);
  }

  @Test
  void take_otherKey_hasABucketOfItsOwn() {
    RateTable table = table(100, 10, 3, 1);
    assertThat(within(table, 3, 5)).isEqualTo(3);
    assertThat(within(table, 2, 5)).isEqualTo(3);
    assertThat(within(table, 0, 5)).as("the hash that means free").isEqualTo(3);
  }

  @Test
  void take_aboveTheRate_countsInACircle() {
    RateTable table = table(100, 10, 1, 3);
    List<Integer> turns = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      turns.add(table.take(1, now));
    }
    assertThat(turns).containsExactly(RateTable.WITHIN, 0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void isAbove_changesNothing() {
    RateTable table = table(100, 10, 2, 1);
    assertThat(table.isAbove(1, now)).isFalse();
    assertThat(within(table, 1, 1)).isEqualTo(1);
    for (int i = 0; i < 10; i++) {
      assertThat(table.isAbove(1, now)).isFalse();
    }
    assertThat(within(table, 1, 5)).isEqualTo(1);
    assertThat(table.isAbove(1, now)).isTrue();
    now += SECOND;
    assertThat(table.isAbove(1, now)).isFalse();
  }

  @Test
  void take_moreKeysThanRoom_theLongestIdleGoAndAreCounted() {
    RateTable table = table(1024, 1, 2, 1);
    Random random = new Random(7);
    for (int i = 0; i < table.capacity() * 4; i++) {
      table.take(random.nextLong(), now);
      now++;
    }
    assertThat(evicted).hasValueBetween(3L * table.capacity() - 100, 4L * table.capacity());
  }

  @Test
  void take_keysThatAreFullAgain_giveWayUncounted() {
    RateTable table = table(1024, 1000, 2, 1);
    Random random = new Random(7);
    for (int i = 0; i < table.capacity() * 4; i++) {
      table.take(random.nextLong(), now);
      now += SECOND / 500;
    }
    assertThat(evicted).hasValue(0);
  }

  @Test
  void take_bySeveralThreads_noMoreThanTheRate() throws Exception {
    RateTable table = table(64, 1, 1000, 1);
    assertThat(within(table, 1, 1)).isEqualTo(1);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<Long> some = () -> within(table, 1, 1000);
      long within = 1;
      for (Future<Long> each : threads.invokeAll(List.of(some, some, some, some))) {
        within += each.get();
      }
      assertThat(within).isEqualTo(1000);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void capacity_isAtLeastWhatWasAskedFor() {
    assertThat(table(1, 1, 1, 1).capacity()).isEqualTo(8);
    assertThat(table(1000, 1, 1, 1).capacity()).isEqualTo(1024);
    assertThat(table(1 << 16, 1, 1, 1).capacity()).isEqualTo(1 << 16);
  }
}
