// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {
  private static final long SECOND = 1_000_000_000L;

  /** The clock of the JVM may be negative, and may pass zero. */
  private static final long START = -3 * SECOND;

  private final DeadlineWheel wheel = new DeadlineWheel();

  private static final class Item extends DeadlineWheel.Entry {}

  @Test
  void poll_beforeDue_nothing() {
    wheel.add(new Item(), START + SECOND, START);
    assertThat(wheel.poll(START + SECOND - 1)).isNull();
    assertThat(wheel.size()).isEqualTo(1);
  }

  @Test
  void poll_oneTickAfterDue_theEntry() {
    Item item = new Item();
    wheel.add(item, START + SECOND, START);
    assertThat(wheel.poll(START + SECOND + DeadlineWheel.TICK_NANOS)).isSameAs(item);
    assertThat(wheel.isEmpty()).isTrue();
  }

  @Test
  void poll_entryMoreThanATurnAhead_onlyWhenDue() {
    Item item = new Item();
    wheel.add(item, START + 30 * SECOND, START);
    for (long now = START; now < START + 30 * SECOND; now += SECOND / 10) {
      assertThat(wheel.poll(now)).isNull();
    }
    assertThat(wheel.poll(START + 31 * SECOND)).isSameAs(item);
  }

  @Test
  void poll_entryMoreThanATurnAhead_foundAfterALongPause() {
    Item item = new Item();
    wheel.add(item, START + 30 * SECOND, START);
    assertThat(wheel.poll(START + 31 * SECOND)).isSameAs(item);
  }

  @Test
  void add_dueInThePast_polledWithTheNextTick() {
    Item item = new Item();
    wheel.add(item, START - SECOND, START);
    assertThat(wheel.poll(START + DeadlineWheel.TICK_NANOS)).isSameAs(item);
  }

  @Test
  void add_afterTheWheelWasEmptyForLong_startsFromNow() {
    wheel.add(new Item(), START + SECOND, START);
    assertThat(wheel.poll(START + 2 * SECOND)).isNotNull();
    Item late = new Item();
    wheel.add(late, START + 101 * SECOND, START + 100 * SECOND);
    assertThat(wheel.poll(START + 100 * SECOND + SECOND / 2)).isNull();
    assertThat(wheel.poll(START + 102 * SECOND)).isSameAs(late);
  }

  @Test
  void remove_entry_neverPolled() {
    Item item = new Item();
    wheel.add(item, START + SECOND, START);
    wheel.remove(item);
    wheel.remove(item);
    assertThat(wheel.isEmpty()).isTrue();
    assertThat(wheel.poll(START + 2 * SECOND)).isNull();
  }

  @Test
  void poll_thousandsAddedAndRemovedAtRandom_eachOnceNeitherEarlyNorLate() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Set<Item> live = new HashSet<>();
    List<Item> all = new ArrayList<>();
    long now = START;
    for (int step = 0; step < 20_000; step++) {
      Item item = new Item();
      wheel.add(item, now + (long) (random.nextDouble() * 12 * SECOND), now);
      live.add(item);
      all.add(item);
      Item victim = all.get(random.nextInt(all.size()));
      if (random.nextInt(3) == 0 && live.remove(victim)) {
        wheel.remove(victim);
      }
      now += random.nextInt(2_000_000);
      for (var due = wheel.poll(now); due != null; due = wheel.poll(now)) {
        assertThat(live.remove(due)).as("seed %d", seed).isTrue();
        assertThat(due.dueNanos()).as("seed %d", seed).isLessThanOrEqualTo(now);
      }
    }
    long end = now;
    assertThat(live)
        .as("seed %d", seed)
        .allMatch(item -> item.dueNanos() > end - 2 * DeadlineWheel.TICK_NANOS);
    assertThat(wheel.size()).isEqualTo(live.size());
  }
}
