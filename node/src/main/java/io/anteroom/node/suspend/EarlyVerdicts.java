// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.protocol.SuspensionKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Says which verdicts may wait for their query. While a shard is handed over, a verdict can be at
 * the new home before the query is; at any other time a verdict for an unknown key is just that,
 * and is told so at once. For the thread of the sharding actors alone.
 *
 * <p>That a shard is handed over is known from its old home, which tells all nodes. The word of it
 * is under way while the coordinator still looks for a new home, so it comes first.
 */
final class EarlyVerdicts {
  /** How many may wait on a node at once. */
  static final int MAX = 1_000;

  /** How long one waits. */
  static final Duration WAIT = Duration.ofSeconds(2);

  /** How long after its hand-over has begun queries of a shard may still be on their way. */
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

  /** Takes a place for a verdict, which must be given back; false if it is not to wait. */
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

  /** Gives so many places back. */
  void release(int places) {
    waiting -= places;
  }

  /** How many wait. */
  int waiting() {
    return waiting;
  }
}
