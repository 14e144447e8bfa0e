// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The latest purges of a cache. They keep out answers that were requested before a purge and arrive
 * after it.
 *
 * <p>Older purges, which are no longer stored, count as purges of everything. The cache must record
 * a purge here before it scans its entries, and must check here after it has inserted an entry; so
 * one of the two always sees the other. Thread-safe.
 */
final class RecentPurges {
  private static final int KEPT = 256;

  private volatile Known known = new Known(List.of(), false, 0);

  private record Timed(Purge purge, long nanos) {}

  /**
   * Immutable.
   *
   * @param last the newest at the end
   * @param more whether there were earlier ones, the last of them at {@code moreNanos}
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

  /** Whether a purge at this time or later covers the entry. */
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
