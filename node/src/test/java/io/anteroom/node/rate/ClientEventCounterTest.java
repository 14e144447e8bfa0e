// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.BlockRule;
import io.anteroom.node.config.BlockRule.Measure;
import io.anteroom.node.rate.ClientEventCounter.Level;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClientEventCounterTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong evicted = new AtomicLong();
  private long now = 77 * SECOND;

  private ClientEventCounter counter(Measure measure, double above, double warnAbove, int atLeast) {
    return new ClientEventCounter(
        new BlockRule(
            "rule",
            measure,
            Set.of(3),
            above,
            warnAbove,
            atLeast,
            Duration.ofSeconds(10),
            32,
            64,
            1000,
            BlockAction.DROP,
            Duration.ofSeconds(60)),
        now,
        evicted::incrementAndGet);
  }

  /** After how many events the count is above; 0 if it never is. */
  private int untilAbove(ClientEventCounter counter, int events, long apartNanos) {
    for (int i = 1; i <= events; i++) {
      if (counter.count(1, true, now) == Level.ABOVE) {
        return i;
      }
      now += apartNanos;
    }
    return 0;
  }

  @Test
  void rate_reachedAtOnce_isFoundAtTheFirstThatIsTooMuch() {
    assertThat(untilAbove(counter(Measure.QUERY_RATE, 5, 0, 0), 1000, 0)).isEqualTo(51);
  }

  @Test
  void rate_above_isFoundWithinTwoWindows() {
    assertThat(untilAbove(counter(Measure.QUERY_RATE, 5, 0, 0), 1000, SECOND / 6))
        .isBetween(51, 120);
  }

  @Test
  void rate_below_isNeverFound() {
    assertThat(untilAbove(counter(Measure.QUERY_RATE, 5, 0, 0), 10_000, SECOND / 5)).isZero();
  }

  @Test
  void rate_burstsAWindowApart_areNotAddedUp() {
    ClientEventCounter counter = counter(Measure.QUERY_RATE, 5, 0, 0);
    now += 4 * SECOND;
    for (int burst = 0; burst < 10; burst++) {
      assertThat(untilAbove(counter, 50, 0)).isZero();
      now += 10 * SECOND;
    }
  }

  @Test
  void rate_afterItWasFound_countsAnew() {
    ClientEventCounter counter = counter(Measure.QUERY_RATE, 5, 0, 0);
    assertThat(untilAbove(counter, 1000, 0)).isEqualTo(51);
    assertThat(untilAbove(counter, 1000, 0)).isEqualTo(51);
  }

  @Test
  void rate_warning_isGivenOnceInHalfAWindow() {
    ClientEventCounter counter = counter(Measure.QUERY_RATE, 5, 2, 0);
    int warnings = 0;
    for (int i = 0; i < 50; i++) {
      warnings += counter.count(1, true, now) == Level.WARN ? 1 : 0;
    }
    assertThat(warnings).isEqualTo(1);
    assertThat(counter.count(1, true, now)).isEqualTo(Level.ABOVE);
  }

  @Test
  void rate_othersEvents_countForThemselves() {
    ClientEventCounter counter = counter(Measure.QUERY_RATE, 5, 0, 0);
    for (int i = 0; i < 50; i++) {
      assertThat(counter.count(1, true, now)).isEqualTo(Level.QUIET);
      assertThat(counter.count(2, true, now)).isEqualTo(Level.QUIET);
      assertThat(counter.count(1, false, now)).isEqualTo(Level.QUIET);
    }
  }

  @Test
  void ratio_above_isFoundWhenThereAreEnough() {
    ClientEventCounter counter = counter(Measure.RCODE_RATIO, 0.5, 0, 20);
    for (int i = 0; i < 19; i++) {
      assertThat(counter.count(1, true, now)).isEqualTo(Level.QUIET);
    }
    assertThat(counter.count(1, true, now)).isEqualTo(Level.ABOVE);
  }

  @Test
  void ratio_atTheLimit_isNotAbove() {
    ClientEventCounter counter = counter(Measure.RCODE_RATIO, 0.5, 0.3, 20);
    Level last = Level.QUIET;
    for (int i = 0; i < 500; i++) {
      assertThat(counter.count(1, false, now)).isEqualTo(Level.QUIET);
      Level level = counter.count(1, true, now);
      assertThat(level).isNotEqualTo(Level.ABOVE);
      last = level == Level.WARN ? level : last;
    }
    assertThat(last).isEqualTo(Level.WARN);
  }

  @Test
  void clients_moreThanRoom_areEvictedAndCounted() {
    ClientEventCounter counter = counter(Measure.QUERY_RATE, 5, 0, 0);
    Random random = new Random(5);
    for (int i = 0; i < 3 * counter.capacity(); i++) {
      assertThat(counter.count(random.nextLong(), true, now)).isEqualTo(Level.QUIET);
    }
    assertThat(evicted).hasValueGreaterThan(counter.capacity());
  }

  @Test
  void clients_ofLongAgo_giveWayUncounted() {
    ClientEventCounter counter = counter(Measure.QUERY_RATE, 5, 0, 0);
    Random random = new Random(5);
    for (int i = 0; i < 10_000; i++) {
      assertThat(counter.count(random.nextLong(), true, now)).isEqualTo(Level.QUIET);
      now += SECOND;
    }
    assertThat(evicted).hasValue(0);
  }
}
