// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LibraryLogLimitTest {
  @Test
  void linesAboveTheLimit_areLeftOut_andCountedWithTheNext() {
    LibraryLogLimit limit = new LibraryLogLimit();
    long now = System.nanoTime();
    for (int i = 0; i < LibraryLogLimit.BURST; i++) {
      assertThat(limit.take(now)).isZero();
    }
    for (int i = 0; i < 1_000; i++) {
      assertThat(limit.take(now)).isNegative();
    }
    long later = now + TimeUnit.SECONDS.toNanos(2);
    assertThat(limit.take(later)).isEqualTo(1_000);
    assertThat(limit.take(later)).isLessThanOrEqualTo(0);
  }

  @Test
  void questionsWhetherALevelIsOn_takeNoLines() {
    LibraryLogLimit limit = new LibraryLogLimit();
    limit.setLibrary("io.netty");
    Logger logger = new LoggerContext().getLogger("io.netty.handler.Some");
    for (int i = 0; i < 2 * LibraryLogLimit.BURST; i++) {
      assertThat(limit.decide(null, logger, Level.ERROR, null, null, null))
          .isEqualTo(FilterReply.NEUTRAL);
    }
    for (int i = 0; i < LibraryLogLimit.BURST; i++) {
      assertThat(limit.decide(null, logger, Level.ERROR, "text", null, null))
          .isEqualTo(FilterReply.NEUTRAL);
    }
    assertThat(limit.decide(null, logger, Level.ERROR, "text", null, null))
        .isEqualTo(FilterReply.DENY);
  }
}
