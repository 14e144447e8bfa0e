// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The last purges of a cache, so that what was asked for before one and comes after it stays out.
 *
 * <p>Purges that are no longer known count as having meant everything. The cache must note a purge
 * before it looks for what has to go, and ask once more after it has put something in: then one of
 * the two sees the other. Safe for any thread.
 */
final class RecentPurges {
  private static final int KEPT = 256;

  private volatile Known known = new Known(List.of(), false, 0);

  private record Timed(Purge purge, long nanos) {}

  /**
   * Immutable.
   *
   * @param last the newest at the end
   * @param more whether there were others, the last of them at {@code moreNanos}
   */
  private record Known(List<Timed> last, boolean more, long moreNanos) {}

  synchronized void add(Purge purge, long nowNanos) {
    List<Timed> last = new ArrayList<>(known.last());
    last.add(new Timed(purge, nowNanos));
    if (last.size() <= KEPT) {
      known = new Known(List.copyOf(last), known.more(), known.moreNanos());
    } else {
      known = new Known(List.copyOf(last.subList(1, KEPT + 1)), true, last.get(0).nanos());
    }
  }

  /** Whether one that came at that time or later meant this. */
  boolean since(long nanos, Predicate<Purge> meant) {
    Known now = known;
    for (int i = now.last().size() - 1; i >= 0; i--) {
      Timed one = now.last().get(i);
      if (one.nanos() - nanos < 0) {
        return false;
      } else if (meant.test(one.purge())) {
        return true;
      }
    }
    return now.more() && now.moreNanos() - nanos >= 0;
  }
}
