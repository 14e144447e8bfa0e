// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlockRule;

/**
 * Counts events of clients within the window of one rule for blocks, and reports clients above the
 * limit. Bounded and thread-safe as described in {@link KeyedCells}; 24 bytes per entry.
 *
 * <p>Time is divided into half windows; a count is the sum of the current and the previous half. So
 * it covers the last half to whole window: a client that is reported exceeded the rate within one
 * window, and a client that stays above the rate is reported within two windows. A state has, from
 * its lowest bit: 20 bits for the current half, 20 for the previous one, one bit for "warned in
 * this half", and 22 bits for the number of the half. That number wraps around after weeks; then an
 * old count might be taken for a current one.
 */
final class ClientEventCounter extends KeyedCells {
  private static final int COUNT_BITS = 20;
  private static final long COUNT = (1L << COUNT_BITS) - 1;
  private static final long WARNED = 1L << (2 * COUNT_BITS);
  private static final int HALF_SHIFT = 2 * COUNT_BITS + 1;
  private static final long HALVES = (1L << 22) - 1;

  private static final int MATCHES = 0;
  private static final int ALL = 1;

  private final boolean isRatio;
  private final double above;
  private final double warnAbove;
  private final int atLeast;
  private final long halfNanos;
  private final long start;

  /** The result of a count. */
  enum Level {
    QUIET,
    WARN,
    ABOVE
  }

  ClientEventCounter(BlockRule rule, long start, Runnable onEvict) {
    super(rule.maxClients(), 2, onEvict);
    double seconds = rule.window().toNanos() / 1e9;
    this.isRatio = rule.measure() == BlockRule.Measure.RCODE_RATIO;
    this.above = isRatio ? rule.above() : rule.above() * seconds;
    double warn = rule.warnAbove() == 0 ? Double.MAX_VALUE : rule.warnAbove();
    this.warnAbove = isRatio ? warn : warn * seconds;
    this.atLeast = rule.atLeast();
    this.halfNanos = rule.window().toNanos() / 2;
    this.start = start;
  }

  /**
   * Counts one event of this client.
   *
   * @param matches whether the event is of the kind that the rule counts
   * @return {@code ABOVE} resets the count; {@code WARN} is returned once per half window
   */
  Level count(long hash, boolean matches, long nanos) {
    if (!isRatio && !matches) {
      return Level.QUIET;
    }
    long half = (nanos - start) / halfNanos & HALVES;
    int at = findOrClaim(hash, half);
    if (at < 0) {
      return Level.QUIET;
    }
    long all = sum(add(at + ALL, half, 1));
    long state = add(at + MATCHES, half, matches ? 1 : 0);
    if (!matches || (isRatio && all < atLeast)) {
      return Level.QUIET;
    }
    return level(at, state, isRatio ? all : 1);
  }

  private Level level(int at, long state, long all) {
    if (sum(state) > above * all) {
      cells.set(at + MATCHES, state >>> HALF_SHIFT << HALF_SHIFT);
      cells.set(at + ALL, state >>> HALF_SHIFT << HALF_SHIFT);
      return Level.ABOVE;
    }
    boolean first =
        sum(state) > warnAbove * all
            && (state & WARNED) == 0
            && cells.compareAndSet(at + MATCHES, state, state | WARNED);
    return first ? Level.WARN : Level.QUIET;
  }

  private long add(int at, long half, int n) {
    while (true) {
      long state = cells.getAcquire(at);
      long now = moved(state, half);
      long next = (now & COUNT) + n > COUNT ? now : now + n;
      if (next == state || cells.compareAndSet(at, state, next)) {
        return next;
      }
    }
  }

  /** The state, advanced to this half window. */
  private static long moved(long state, long half) {
    long passed = passed(state, half);
    if (passed == 0 || passed == HALVES) {
      // It is current, or a thread with a slightly later time has updated it.
      return state;
    }
    return half << HALF_SHIFT | (passed == 1 ? (state & COUNT) << COUNT_BITS : 0);
  }

  private static long passed(long state, long half) {
    return half - (state >>> HALF_SHIFT) & HALVES;
  }

  private static long sum(long state) {
    return (state & COUNT) + (state >>> COUNT_BITS & COUNT);
  }

  @Override
  long idle(int at, long half) {
    return passed(cells.getAcquire(at + ALL), half) - 2;
  }
}
