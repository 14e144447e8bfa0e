// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.BreakerSettings;
import io.anteroom.node.filter.CircuitBreaker.State;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private final AtomicLong now = new AtomicLong(ThreadLocalRandom.current().nextLong());
  private final CircuitBreaker breaker = new CircuitBreaker(BreakerSettings.DEFAULT, now::get);

  @Test
  void closed_permitsEverything() {
    end(99, false);
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.permit()).isNotEqualTo(CircuitBreaker.REFUSED);
  }

  @Test
  void halfOfEnoughTimedOut_opens() {
    end(50, true);
    end(49, false);
    assertThat(breaker.isOpen()).isFalse();
    end(1, false);
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void underHalfTimedOut_staysClosed() {
    end(501, true);
    end(499, false);
    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void timeoutsLongAgo_areForgotten() {
    end(99, false);
    pass(Duration.ofSeconds(11));
    end(99, false);
    assertThat(breaker.isOpen()).isFalse();
    end(1, false);
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void timeoutsWithinTheWindow_addUp() {
    for (int second = 0; second < 10; second++) {
      assertThat(breaker.isOpen()).isFalse();
      end(10, false);
      pass(Duration.ofSeconds(1));
    }
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void open_permitsOneProbeASecond() {
    end(100, false);
    assertThat(breaker.permit()).isEqualTo(CircuitBreaker.REFUSED);
    for (int probe = 0; probe < 3; probe++) {
      pass(Duration.ofMillis(999));
      assertThat(breaker.permit()).isEqualTo(CircuitBreaker.REFUSED);
      pass(Duration.ofMillis(1));
      assertThat(breaker.permit()).isNotEqualTo(CircuitBreaker.REFUSED);
      assertThat(breaker.permit()).isEqualTo(CircuitBreaker.REFUSED);
    }
  }

  @Test
  void probeThatTimesOut_leavesItOpen() {
    end(100, false);
    breaker.ended(probe(), false);
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void probeThatIsDecided_closes_andCountingBeginsAnew() {
    end(100, false);
    breaker.ended(probe(), true);
    assertThat(breaker.isOpen()).isFalse();
    end(99, false);
    assertThat(breaker.isOpen()).isFalse();
    end(1, false);
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void whatBeganBeforeItOpened_doesNotClose() {
    long before = breaker.permit();
    end(100, false);
    breaker.ended(before, true);
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void whatBeganBeforeItOpened_doesNotCountWhenItHasClosed() {
    long before = breaker.permit();
    end(100, false);
    breaker.ended(probe(), true);
    for (int i = 0; i < 200; i++) {
      breaker.ended(before, false);
    }
    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void secondProbe_thatIsDecidedAfterTheFirst_changesNothing() {
    end(100, false);
    long first = probe();
    long second = probe();
    breaker.ended(first, true);
    breaker.ended(second, true);
    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void state_tellsWhetherAProbeIsUnderWay() {
    assertThat(breaker.state()).isEqualTo(State.CLOSED);
    end(100, false);
    assertThat(breaker.state()).isEqualTo(State.OPEN);
    long first = probe();
    long second = probe();
    assertThat(breaker.state()).isEqualTo(State.PROBING);
    breaker.ended(first, false);
    assertThat(breaker.state()).isEqualTo(State.PROBING);
    breaker.ended(second, false);
    assertThat(breaker.state()).isEqualTo(State.OPEN);
    breaker.ended(probe(), true);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);
    assertThat(new CircuitBreaker(null, now::get).state()).isEqualTo(State.OFF);
  }

  @Test
  void probeThatEndsOtherwise_leavesItOpen_andIsNoLongerUnderWay() {
    long before = breaker.permit();
    breaker.endedOtherwise(before);
    end(100, false);
    long probe = probe();
    breaker.endedOtherwise(before);
    assertThat(breaker.state()).isEqualTo(State.PROBING);
    breaker.endedOtherwise(probe);
    assertThat(breaker.state()).isEqualTo(State.OPEN);
    breaker.ended(probe(), true);
    breaker.endedOtherwise(probe);
    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void switchedOff_neverOpens() {
    CircuitBreaker off = new CircuitBreaker(null, now::get);
    for (int i = 0; i < 1_000; i++) {
      long permit = off.permit();
      assertThat(permit).isNotEqualTo(CircuitBreaker.REFUSED);
      off.ended(permit, false);
    }
    assertThat(off.isOpen()).isFalse();
  }

  private long probe() {
    pass(Duration.ofSeconds(1));
    long probe = breaker.permit();
    assertThat(probe).isNotEqualTo(CircuitBreaker.REFUSED);
    return probe;
  }

  private void end(int n, boolean inTime) {
    for (int i = 0; i < n; i++) {
      breaker.ended(breaker.permit(), inTime);
    }
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }
}
