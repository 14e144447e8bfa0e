// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.protocol.SuspensionKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Decides which verdicts may wait for their query. While a shard is handed over, a verdict can
 * reach the new home before the query does. At any other time a verdict for an unknown key is
 * answered with UNKNOWN at once. For the thread of the sharding actors only.
 *
 * <p>The old home announces to all nodes that a hand-over begins. It does so before the coordinator
 * looks for a new home, so the announcement normally arrives first.
 */
final class EarlyVerdicts {
  /** The maximum number of waiting verdicts on a node. */
  static final int MAX = 1_000;

  /** The longest time that a verdict waits. */
  static final Duration WAIT = Duration.ofSeconds(2);

  /** For this time after a hand-over began, verdicts for the shard may wait. */
  static final Duration HAND_OVER = Duration.ofSeconds(10);

  private final Counters<Counter> counters;
  private final LongSupplier nanoTime;
  private final long[] handedOver = new long[SuspensionKey.SHARDS];
  private int waiting;

  EarlyVerdicts(Counters<Counter> counters, LongSupplier nanoTime) {
    this.counters = counters;
    this.nanoTime = nanoTime;
    Arrays.fill(handedOver, nanoTime.getAsLong() - HAND_OVER.toNanos());
  }

  /** The home of this shard has begun to hand it over. */
  void handedOver(int shard) {
    handedOver[shard] = nanoTime.getAsLong();
  }

  /**
   * Takes a place for a verdict, to be given back with {@link #release}. False if the verdict must
   * not wait: no hand-over, or no place is free.
   */
  boolean admit(int shard) {
    if (nanoTime.getAsLong() - handedOver[shard] >= HAND_OVER.toNanos()) {
      return false;
    } else if (waiting == MAX) {
      counters.increment(Counter.EARLY_VERDICTS_REFUSED);
      return false;
    }
    waiting++;
    counters.increment(Counter.EARLY_VERDICTS);
    return true;
  }

  /** Gives this number of places back. */
  void release(int places) {
    waiting -= places;
  }

  /** The number of waiting verdicts. */
  int waiting() {
    return waiting;
  }
}
