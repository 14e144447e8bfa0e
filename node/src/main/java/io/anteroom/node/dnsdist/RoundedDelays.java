// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Things that become due after a delay, which is rounded up to a power of two milliseconds. Things
 * with equal delays become due in the order in which they were added, so each operation costs the
 * same for any number of things. For one thread.
 */
final class RoundedDelays<T> {
  /** The longest delay, which stands for longer ones too: 2^22 ms, about 70 minutes. */
  private static final int LONGEST = 22;

  private final List<ArrayDeque<Entry<T>>> queues = new ArrayList<>();

  private record Entry<T>(T what, long dueNanos) {}

  RoundedDelays() {
    for (int i = 0; i <= LONGEST; i++) {
      queues.add(new ArrayDeque<>());
    }
  }

  void add(T what, long millis, long nowNanos) {
    int log =
        millis <= 1 ? 0 : Math.min(LONGEST, Long.SIZE - Long.numberOfLeadingZeros(millis - 1));
    queues.get(log).add(new Entry<>(what, nowNanos + TimeUnit.MILLISECONDS.toNanos(1L << log)));
  }

  /** Removes something that is due; null if nothing is. */
  @Nullable T poll(long nowNanos) {
    for (ArrayDeque<Entry<T>> queue : queues) {
      Entry<T> first = queue.peek();
      if (first != null && nowNanos - first.dueNanos() >= 0) {
        queue.remove();
        return first.what();
      }
    }
    return null;
  }
}
