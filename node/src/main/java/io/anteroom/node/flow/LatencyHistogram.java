// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A histogram of latencies. Any thread may record, without locks or allocation: one search for the
 * bucket and two additions.
 *
 * <p>The buckets begin at 50 microseconds, about the latency of a query that does not leave its
 * node.
 */
public final class LatencyHistogram {
  private static final long[] BOUNDS_MICROS = {
    50,
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000
  };
  private static final long[] BOUNDS_NANOS = nanos();

  private final LongAdder[] buckets = new LongAdder[BOUNDS_NANOS.length + 1];
  private final LongAdder sumNanos = new LongAdder();

  public LatencyHistogram() {
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new LongAdder();
    }
  }

  private static long[] nanos() {
    long[] nanos = new long[BOUNDS_MICROS.length];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = TimeUnit.MICROSECONDS.toNanos(BOUNDS_MICROS[i]);
    }
    return nanos;
  }

  /** Counts one latency; a value below 0 counts as 0. */
  public void record(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
    sumNanos.add(Math.max(0, nanos));
  }

  /** The upper bounds of the buckets in seconds, infinity last. */
  public static double[] boundsSeconds() {
    double[] seconds = new double[BOUNDS_MICROS.length + 1];
    for (int i = 0; i < BOUNDS_MICROS.length; i++) {
      seconds[i] = BOUNDS_MICROS[i] / 1e6;
    }
    seconds[BOUNDS_MICROS.length] = Double.POSITIVE_INFINITY;
    return seconds;
  }

  /**
   * A copy of the present counts. Not atomic: latencies recorded meanwhile may be missing in part.
   */
  public Snapshot snapshot() {
    long[] counts = new long[buckets.length];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = buckets[i].sum();
    }
    return new Snapshot(counts, sumNanos.sum());
  }

  /**
   * The counts at one time.
   *
   * @param counts one for each bucket, not cumulative; not to be changed
   */
  public record Snapshot(long[] counts, long sumNanos) {
    public long count() {
      long n = 0;
      for (long count : counts) {
        n += count;
      }
      return n;
    }

    /**
     * A quantile in microseconds, estimated by linear interpolation within its bucket. Latencies
     * above the last bound count as the last bound. 0 if nothing was recorded.
     *
     * @param share 0 to 1, such as 0.99 for the 99th percentile
     */
    public long quantileMicros(double share) {
      double rank = share * count();
      long below = 0;
      for (int i = 0; i < BOUNDS_MICROS.length; i++) {
        if (counts[i] > 0 && below + counts[i] >= rank) {
          long from = i == 0 ? 0 : BOUNDS_MICROS[i - 1];
          double part = (rank - below) / counts[i];
          return from + Math.round(part * (BOUNDS_MICROS[i] - from));
        }
        below += counts[i];
      }
      return below == count() ? 0 : BOUNDS_MICROS[BOUNDS_MICROS.length - 1];
    }
  }
}
