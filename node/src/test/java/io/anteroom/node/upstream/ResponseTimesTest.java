// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.TrySettings;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseTimesTest {
  private final long seed = new Random().nextLong();
  private final RandomBits random = new RandomBits(new Random(seed));
  private ResponseTimes times = times(2_000, 5_000);

  /** On the hour of a day, as nanoTime may be: below zero. */
  private long now = -Duration.ofDays(3).toNanos();

  private static ResponseTimes times(int timeoutMillis, int maxMillis) {
    return new ResponseTimes(
        new TrySettings(
            Duration.ofMillis(timeoutMillis),
            Duration.ofMillis(maxMillis),
            3,
            Duration.ofSeconds(4),
            Set.of()));
  }

  private void record(int millis, int samples) {
    for (int i = 0; i < samples; i++) {
      times.record(Duration.ofMillis(millis).toNanos(), now);
    }
  }

  private long millis(int round) {
    return Duration.ofNanos(times.timeout(round, random, now)).toMillis();
  }

  private void skip(Duration time) {
    now += time.toNanos();
  }

  @Test
  void timeout_nothingKnown_asConfigured() {
    assertThat(millis(0)).isEqualTo(2_000);
    record(100, 2);
    assertThat(millis(0)).isEqualTo(2_000);
  }

  @ParameterizedTest
  @CsvSource({"100, 500", "1, 250", "50, 250", "51, 255", "999, 4995", "3000, 5000"})
  void timeout_threeAnswers_fiveTimesTheMeanWithinBounds(int each, int expected) {
    record(each, 3);
    assertThat(millis(0)).isEqualTo(expected);
  }

  /** The server answers from its cache at once, but may have to ask others for this name. */
  @Test
  void lastTimeout_quickServer_asLongAsForAnUnknownOne() {
    record(1, 3);
    assertThat(times.lastTimeout(0, random, now)).isEqualTo(Duration.ofSeconds(2).toNanos());
    assertThat(times.lastTimeout(1, random, now)).isEqualTo(Duration.ofSeconds(4).toNanos());
    assertThat(times.lastTimeout(9, random, now)).isEqualTo(Duration.ofSeconds(5).toNanos());
  }

  @Test
  void timeout_configuredLessThanTheFloor_isTheFloor() {
    times = times(80, 5_000);
    assertThat(millis(0)).isEqualTo(80);
    record(1, 3);
    assertThat(millis(0)).isEqualTo(80);
    record(30, 100);
    assertThat(millis(0)).isGreaterThan(140);
  }

  @Test
  void timeout_configuredMoreThanTheMaximum_isTheMaximum() {
    times = times(9_000, 5_000);
    assertThat(millis(0)).isEqualTo(5_000);
  }

  @Test
  void timeout_newMinute_theOneBeforeUntilThereAreThreeAnswers() {
    record(100, 3);
    skip(Duration.ofMinutes(1));
    record(200, 2);
    assertThat(millis(0)).isEqualTo(500);
    record(200, 1);
    assertThat(millis(0)).isEqualTo(1_000);
  }

  @ParameterizedTest
  @CsvSource({"PT5M", "PT20M", "PT100M", "P2D", "P400D"})
  void timeout_longAfter_longerPeriodsRemember(Duration pause) {
    record(100, 3);
    skip(pause);
    assertThat(millis(0)).isEqualTo(500);
  }

  @Test
  void timeout_minuteOverlooked_quarterOfAnHourHasTheMeanOfBoth() {
    record(100, 3);
    skip(Duration.ofMinutes(5));
    record(300, 3);
    skip(Duration.ofMinutes(5));
    assertThat(millis(0)).isEqualTo(1_000);
  }

  @Test
  void timeout_laterRounds_doubledLessUpToHalfButNeverBelowTheFirst() {
    record(100, 3);
    long least = Long.MAX_VALUE;
    long most = 0;
    for (int i = 0; i < 1_000; i++) {
      assertThat(millis(1)).as("seed %d", seed).isBetween(500L, 1_000L);
      long third = millis(2);
      least = Math.min(least, third);
      most = Math.max(most, third);
    }
    assertThat(least).as("seed %d", seed).isBetween(1_000L, 1_050L);
    assertThat(most).as("seed %d", seed).isBetween(1_950L, 2_000L);
    assertThat(millis(40)).isBetween(2_500L, 5_000L);
  }
}
