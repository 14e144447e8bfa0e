// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.TrySettings;
import java.time.Duration;

/**
 * Response times of one server, from which the timeout of its queries is derived. Confined to the
 * thread of its forwarder.
 *
 * <h2>The formula</h2>
 *
 * It is that of c-ares: five times the mean response time of the newest period with at least three
 * answers. The periods are the current minute, quarter of an hour, hour and day, or for each of
 * them the previous one if the current one has too few answers, and finally all time. So the
 * timeout of a busy server follows its present state, and that of a rarely used server still has a
 * basis. The result is at least 250 ms, or the configured timeout if that is less, and at most the
 * configured maximum. With fewer than three answers the configured timeout is used. Each round
 * doubles the timeout, up to the maximum; from the second round on, up to half of it is subtracted
 * at random, so that queries that failed together are not sent again together.
 */
final class ResponseTimes {
  private static final int FACTOR = 5;
  private static final int MIN_SAMPLES = 3;
  private static final long FLOOR_NANOS = Duration.ofMillis(250).toNanos();

  /** Further doublings would overflow. */
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

  /** Records the response time of an answer with NOERROR or NXDOMAIN. */
  void record(long tookNanos, long nowNanos) {
    for (Period period : periods) {
      period.record(tookNanos, nowNanos);
    }
  }

  /** Timeout in this round in nanoseconds; the first round is 0. */
  long timeout(int round, RandomBits random, long nowNanos) {
    long base = base(nowNanos);
    if (round == 0) {
      return base;
    }
    long doubled = Math.min(base << Math.min(round, MAX_DOUBLINGS), max);
    return Math.max(base, doubled - (doubled >> 17) * random.next16());
  }

  /**
   * Timeout in this round if it is the last try, in nanoseconds: at least the timeout for a server
   * without recorded answers. A resolver that mostly answers at once from its cache may need
   * seconds for a name that it has to resolve; c-ares gives up before that.
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

  /** Response times in the current period and in the previous one. */
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

    /** Mean of this period, or of the previous one; -1 if neither has enough answers. */
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
