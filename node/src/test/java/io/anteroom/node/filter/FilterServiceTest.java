// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.BreakerSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class FilterServiceTest {
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
  private final FilterService service = new FilterService(settings(60), nanoTime::get);

  @Test
  void order_afterTwoShorterTimeouts_comesBackWhenTheLongestIsOver() {
    service.configure(settings(10));
    service.configure(settings(1));

    pass(Duration.ofSeconds(60));
    assertThat(service.isInOrder()).as("what began first still waits").isFalse();
    pass(Duration.ofSeconds(2));
    assertThat(service.isInOrder()).isTrue();
  }

  @Test
  void order_afterALaterChange_comesBackLater() {
    service.configure(settings(10));
    pass(Duration.ofSeconds(59));
    service.configure(settings(1));

    pass(Duration.ofSeconds(10));
    assertThat(service.isInOrder()).isFalse();
    pass(Duration.ofSeconds(2));
    assertThat(service.isInOrder()).isTrue();
  }

  @Test
  void breakerWithOtherSettings_countsOnlyWhatItPermitted() {
    service.configure(settings(60, breaker(2)));
    long before = service.breaker().permit();
    service.configure(settings(60, breaker(1)));

    service.breaker().ended(before, false);
    assertThat(service.breaker().isOpen()).as("of the time before the reload").isFalse();
    service.breaker().ended(service.breaker().permit(), false);
    assertThat(service.breaker().isOpen()).isTrue();
  }

  @Test
  void breakerWithOtherSettings_doesNotTakeAProbeOfTheOneBeforeForItsOwn() {
    service.configure(settings(60, breaker(1)));
    service.breaker().ended(service.breaker().permit(), false);
    pass(Duration.ofSeconds(1));
    long probe = service.breaker().permit();
    service.configure(settings(60, breaker(2)));
    for (int i = 0; i < 2; i++) {
      service.breaker().ended(service.breaker().permit(), false);
    }

    service.breaker().ended(probe, true);
    assertThat(service.breaker().state()).isEqualTo(CircuitBreaker.State.OPEN);
  }

  private static BreakerSettings breaker(int atLeast) {
    return new BreakerSettings(1, atLeast, Duration.ofSeconds(10), Duration.ofSeconds(1));
  }

  private void pass(Duration time) {
    nanoTime.addAndGet(time.toNanos());
  }

  private static FilterSettings settings(int seconds) {
    return settings(seconds, BreakerSettings.DEFAULT);
  }

  private static FilterSettings settings(int seconds, BreakerSettings breaker) {
    return new FilterSettings(
        "guard",
        7,
        Duration.ofSeconds(seconds),
        Policy.CONTINUE,
        Policy.CONTINUE,
        Policy.CONTINUE,
        100,
        100,
        10,
        breaker,
        null);
  }
}
