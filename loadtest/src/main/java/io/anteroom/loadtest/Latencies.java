// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** How long things took. Safe for any thread. */
final class Latencies {
  private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final Histogram nanos = new Histogram(MAX_NANOS, 3);

  synchronized void record(long took) {
    nanos.recordValue(Math.max(0, Math.min(took, MAX_NANOS)));
  }

  synchronized void reset() {
    nanos.reset();
  }

  synchronized long count() {
    return nanos.getTotalCount();
  }

  synchronized double millis(double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e6;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "p50 %.2f ms, p99 %.2f ms, longest %.2f ms",
        millis(50),
        millis(99),
        millis(100));
  }
}
