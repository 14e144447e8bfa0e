// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
}
