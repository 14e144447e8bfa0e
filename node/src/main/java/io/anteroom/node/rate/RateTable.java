// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

/**
 * A token bucket for each key, with a rate per second and a burst. Bounded and thread-safe as
 * described in {@link KeyedCells}; 16 bytes per entry.
 *
 * <p>A bucket is stored as the time at which it will be full again (generic cell rate algorithm),
 * so it needs no refill. Each event within the rate advances that time by the cost of one event; an
 * event that would advance it by more than a whole bucket is above the rate and changes nothing. So
 * a key that never pauses still gets its rate. The lowest four bits count the events above the
 * rate, modulo the cycle.
 */
public final class RateTable extends KeyedCells {
  /** What {@link #take} returns for an event within the rate. */
  public static final int WITHIN = -1;

  /** The largest cycle. */
  public static final int MAX_CYCLE = 15;

  private static final int TURN_BITS = 4;
  private static final long TURN = (1 << TURN_BITS) - 1;
  private static final double NANOS = 1e9;

  private final long cost;
  private final long most;
  private final int cycle;
  private final long start;

  /**
   * Creates a table.
   *
   * @param entries the number of keys
   * @param perSecond the rate: events of a key per second
   * @param burst the burst, at least 1
   * @param cycle the modulus of the count of events above the rate
   * @param start a time on the clock of the events, before the first event
   * @param onEvict counts keys that were evicted before their bucket was full again
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
   * @return {@link #WITHIN}, or the number of earlier events above the rate, modulo the cycle
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

  /** Whether one more event of this key would be above the rate; does not count an event. */
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
