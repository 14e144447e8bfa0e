// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.TrySettings;
import java.time.Duration;

/**
 * How long one server has taken to answer, and so how long to wait for it. Confined to the thread
 * of its forwarder.
 *
 * <h2>The formula</h2>
 *
 * It is that of c-ares: five times the mean of the newest period in which there were three answers
 * or more. Periods are the minute, quarter of an hour, hour and day that are now, else the one
 * before each, and all time; so a server that is asked often is known by how it is now, and one
 * that is hardly asked is known still. The result is at least 250 ms, or the configured timeout if
 * that is less, and at most the configured maximum. Without three answers the configured timeout
 * holds. Each round doubles it, up to the maximum, and from the second on up to half of that is
 * taken off at random, so that queries that failed together do not come back together.
 */
final class ResponseTimes {
  private static final int FACTOR = 5;
  private static final int MIN_SAMPLES = 3;
  private static final long FLOOR_NANOS = Duration.ofMillis(250).toNanos();

  /** More doublings would only overflow. */
  private static final int MAX_DOUBLINGS = 10;

  private final Period[] periods = {
    new Period(Duration.ofMinutes(1)),
    new Period(Duration.ofMinutes(15)),
    new Period(Duration.ofHours(1)),
    new Period(Duration.ofDays(1)),
    new Period(Duration.ofNanos(Long.MAX_VALUE))
  };
  private final long first;
  private final long min;
  private final long max;

  ResponseTimes(TrySettings settings) {
    this.max = settings.maxTimeout().toNanos();
    this.first = Math.min(settings.timeout().toNanos(), max);
    this.min = Math.min(FLOOR_NANOS, first);
  }

  /** The server has answered well. */
  void record(long tookNanos, long nowNanos) {
    for (Period period : periods) {
      period.record(tookNanos, nowNanos);
    }
  }

  /** How long to wait in this round, of which 0 is the first. */
  long timeout(int round, RandomBits random, long nowNanos) {
    long base = base(nowNanos);
    if (round == 0) {
      return base;
    }
    long doubled = Math.min(base << Math.min(round, MAX_DOUBLINGS), max);
    return Math.max(base, doubled - (doubled >> 17) * random.next16());
  }

  /**
   * How long to wait in this round if it is the last try: as long as for a server of which nothing
   * is known. A server that mostly answers at once, from its cache, may need seconds for a name
   * that it has to ask others about; c-ares gives up before.
   */
  long lastTimeout(int round, RandomBits random, long nowNanos) {
    long patient = Math.min(first << Math.min(round, MAX_DOUBLINGS), max);
    return Math.max(patient, timeout(round, random, nowNanos));
  }

  private long base(long nowNanos) {
    for (Period period : periods) {
      long mean = period.mean(nowNanos);
      if (mean >= 0) {
        return Math.max(min, Math.min(FACTOR * mean, max));
      }
    }
    return first;
  }

  /** Answers of one period, and of the one before. */
  private static final class Period {
    private final long lengthNanos;
    private long number;
    private long sum;
    private long count;
    private long sumBefore;
    private long countBefore;

    Period(Duration length) {
      lengthNanos = length.toNanos();
    }

    void record(long tookNanos, long nowNanos) {
      moveTo(nowNanos);
      sum += tookNanos;
      count++;
    }

    /** The mean of this period, or of the one before; -1 if neither has enough answers. */
    long mean(long nowNanos) {
      moveTo(nowNanos);
      if (count >= MIN_SAMPLES) {
        return sum / count;
      }
      return countBefore >= MIN_SAMPLES ? sumBefore / countBefore : -1;
    }

    private void moveTo(long nowNanos) {
      long current = Math.floorDiv(nowNanos, lengthNanos);
      if (current == number) {
        return;
      }
      boolean next = current == number + 1;
      sumBefore = next ? sum : 0;
      countBefore = next ? count : 0;
      sum = 0;
      count = 0;
      number = current;
    }
  }
}
