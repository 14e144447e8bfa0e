// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.ServerHealth.Failure.CHECK;
import static io.anteroom.node.upstream.ServerHealth.Failure.NETWORK;
import static io.anteroom.node.upstream.ServerHealth.Failure.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import org.junit.jupiter.api.Test;

class ServerHealthTest {
  private static final long SECOND = 1_000_000_000L;

  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final ServerHealth health =
      new ServerHealth("test", PoolBench.server(1), HealthSettings.DEFAULT, counters);

  @Test
  void failed_threeTimes_isDownAndToldOnce() {
    health.failed(TIMEOUT, 1);
    health.failed(NETWORK, 2);
    assertThat(health.isUp()).isTrue();
    health.failed(CHECK, 3);
    assertThat(health.isUp()).isFalse();
    health.failed(TIMEOUT, 4);
    assertThat(counters.get(Counter.UPSTREAM_WENT_DOWN)).isOne();
    assertThat(health.failedNanos()).isEqualTo(4);
  }

  @Test
  void answered_afterFailures_isUpAgainAndToldOnce() {
    for (int i = 0; i < 5; i++) {
      health.failed(TIMEOUT, i);
    }
    health.answered(1);
    health.answered(1);
    assertThat(health.isUp()).isTrue();
    assertThat(health.failures()).isZero();
    assertThat(counters.get(Counter.UPSTREAM_CAME_BACK)).isOne();
  }

  @Test
  void namesThatAreNeverAnswered_makeAServerThatAnswersOthersFlapAFewTimesOnly() {
    long now = 0;
    for (int i = 0; i < 1_000; i++) {
      // Three such names in a row, and then one that is answered: an hour and more of it.
      for (int silent = 0; silent < 3; silent++) {
        now += SECOND;
        health.failed(TIMEOUT, now);
      }
      now += SECOND;
      health.answered(1);
    }
    assertThat(counters.get(Counter.UPSTREAM_WENT_DOWN)).isLessThan(3);
    assertThat(health.isUp()).isTrue();
  }

  @Test
  void serverThatGoesForGood_afterItHasFlapped_isDownAfterThatTime() {
    for (int i = 1; i <= 3; i++) {
      health.failed(TIMEOUT, i);
    }
    health.answered(1);
    for (int i = 0; i < 5; i++) {
      health.failed(TIMEOUT, 10 * SECOND + i * SECOND);
    }
    assertThat(health.isUp()).isTrue();
    health.failed(TIMEOUT, 15 * SECOND);
    assertThat(health.isUp()).isFalse();

    // It was away for long, so it is believed at once the next time.
    health.failed(TIMEOUT, 200 * SECOND);
    health.answered(1);
    for (int i = 0; i < 3; i++) {
      health.failed(TIMEOUT, 300 * SECOND + i);
    }
    assertThat(health.isUp()).isFalse();
  }

  @Test
  void failures_ofLong_areSixteenAtMost() {
    for (int i = 0; i < 100; i++) {
      health.failed(TIMEOUT, i);
    }
    assertThat(health.failures()).isEqualTo(16);
  }

  @Test
  void refused_howeverOften_isBehindOthersButNotDown() {
    for (int i = 0; i < 100; i++) {
      health.refused(i);
    }
    assertThat(health.failures()).isEqualTo(16);
    assertThat(health.isUp()).isTrue();
  }

  @Test
  void refused_whileDown_isNoProofOfLife() {
    for (int i = 0; i < 3; i++) {
      health.failed(TIMEOUT, i);
    }
    health.refused(4);
    assertThat(health.isUp()).isFalse();
  }

  @Test
  void takeProbe_failedServer_afterTheDelayAndOneAtATime() {
    assertThat(health.takeProbe(0)).as("well").isFalse();
    health.failed(TIMEOUT, 0);
    assertThat(health.takeProbe(5 * SECOND - 1)).as("too soon").isFalse();
    assertThat(health.takeProbe(5 * SECOND)).isTrue();
    assertThat(health.takeProbe(20 * SECOND)).as("under way").isFalse();
    health.probeEnded();
    assertThat(health.takeProbe(20 * SECOND)).isTrue();
  }
}
