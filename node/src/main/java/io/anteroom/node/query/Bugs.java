// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Survival;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts exceptions caused by bugs of this software, and logs at most one in ten seconds, because a
 * client may trigger the same bug with every packet. For one thread.
 */
final class Bugs {
  private static final Logger LOG = LoggerFactory.getLogger(Bugs.class);
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Counters<Counter> counters;
  private final LongSupplier nanoTime;
  private long nextNanos;

  Bugs(Counters<Counter> counters, LongSupplier nanoTime) {
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.nextNanos = nanoTime.getAsLong();
  }

  /**
   * Counts and perhaps logs a bug that a packet of this client triggered. Does not return if memory
   * has run out.
   */
  void met(Throwable bug, Client client) {
    Survival.endIfOutOfMemory(bug);
    counters.increment(Counter.BUGS);
    long now = nanoTime.getAsLong();
    if (now - nextNanos >= 0) {
      nextNanos = now + INTERVAL_NANOS;
      LOG.error("a query from {} could not be processed, which is a bug", client.address(), bug);
    }
  }
}
