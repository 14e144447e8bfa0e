// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlockRule;

/**
 * Counts what clients do within the window of one rule for blocks, and says when one does too much.
 * Bounded and safe for any thread, as {@link KeyedCells} says; 24 bytes an entry.
 *
 * <p>Time is cut into halves of the window, and a count is that of the half that runs and of the
 * one before it. So it covers the last half to whole window: whoever is found above the rate was so
 * within one window, and whoever stays above it is found within two. A state has, from its lowest
 * bit: 20 bits for the half that runs, 20 for the one before, one that says whether there was a
 * warning in this half, and 22 for the number of the half. That number comes round after weeks,
 * when a count of then might be taken for one of now.
 */
final class Tally extends KeyedCells {
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

  /** What a count has come to. */
  enum Level {
    QUIET,
    WARN,
    ABOVE
  }

  Tally(BlockRule rule, long start, Runnable onEvict) {
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
   * @param matches whether it is of the kind that the rule is about
   * @return {@code ABOVE} begins the count anew; {@code WARN} is said once in half a window
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

  /** The state as it is in this half of a window. */
  private static long moved(long state, long half) {
    long passed = passed(state, half);
    if (passed == 0 || passed == HALVES) {
      // Of now, or of a thread that is just ahead.
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
