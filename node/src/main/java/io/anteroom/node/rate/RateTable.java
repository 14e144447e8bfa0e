// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

/**
 * A token bucket for each key: so many events a second, and so many at once after a pause. Bounded
 * and safe for any thread, as {@link KeyedCells} says; 16 bytes an entry.
 *
 * <p>A bucket is kept as the time at which it will be full again (the generic cell rate algorithm),
 * so that it needs no refill: each event within the rate moves that time on by what one event
 * costs, and an event that would move it on by more than a whole bucket is above the rate. What is
 * above moves nothing; so a key that never stops still gets its rate. The four lowest bits count
 * the events above it, in a circle.
 */
public final class RateTable extends KeyedCells {
  /** What {@link #take} returns for an event within the rate. */
  public static final int WITHIN = -1;

  /** The longest circle. */
  public static final int MAX_CYCLE = 15;

  private static final int TURN_BITS = 4;
  private static final long TURN = (1 << TURN_BITS) - 1;
  private static final double NANOS = 1e9;

  private final long cost;
  private final long most;
  private final int cycle;
  private final long start;

  /**
   * A table.
   *
   * @param entries how many keys it has room for
   * @param perSecond how many events of a key a second are within the rate
   * @param burst how many at once, at least 1
   * @param cycle what events above the rate are counted by
   * @param start a value of the clock that events are told with, before the first of them
   * @param onEvict counts keys that had to go before their bucket was full again
   */
  public RateTable(
      int entries, double perSecond, double burst, int cycle, long start, Runnable onEvict) {
    super(entries, 1, onEvict);
    this.cost = Math.max(1, Math.round(NANOS / perSecond));
    this.most = Math.round(cost * (burst - 1));
    this.cycle = cycle;
    this.start = start;
  }

  /**
   * Counts one event of this key.
   *
   * @return {@link #WITHIN}, or else how many were above the rate before this one, modulo the cycle
   */
  public int take(long hash, long nanos) {
    long now = nanos - start;
    int at = findOrClaim(hash, now);
    if (at < 0) {
      return WITHIN;
    }
    while (true) {
      long state = cells.getAcquire(at);
      long full = Math.max(state >>> TURN_BITS, now);
      int turn = (int) (state & TURN);
      boolean within = full - now <= most;
      long next =
          within
              ? (full + cost) << TURN_BITS | turn
              : (state & ~TURN) | (turn + 1 >= cycle ? 0 : turn + 1);
      if (next == state || cells.compareAndSet(at, state, next)) {
        return within ? WITHIN : turn;
      }
    }
  }

  /** Whether one more event of this key would be above the rate; counts nothing. */
  public boolean isAbove(long hash, long nanos) {
    long now = nanos - start;
    int at = find(hash);
    return at >= 0 && (cells.getAcquire(at) >>> TURN_BITS) - now > most;
  }

  @Override
  long idle(int at, long now) {
    return now - (cells.getAcquire(at) >>> TURN_BITS);
  }
}
