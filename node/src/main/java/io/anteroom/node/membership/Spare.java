// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A generation that is ready in a cluster of its own, for a node that may be declared dead.
 *
 * <p>In a partition that is one-way, a node hears others say that it is dead, and Pekko then ends
 * what is a member of their cluster within a second. To join anew takes some seconds, in which the
 * filters of this node's own side, those inside of it among them, could decide nothing. So while a
 * node can't reach all others, which always precedes such news, it keeps this one beside it.
 *
 * <p>Not safe for several threads.
 */
final class Spare {
  /** How long everybody must have been in reach before it is ended. */
  private static final Duration CALM = Duration.ofSeconds(10);

  /** After which it is tried again to start one. */
  private static final Duration RETRY = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(Spare.class);

  private final Generation.Factory factory;
  private final LongSupplier nanoTime;
  private @Nullable Generation generation;
  private long neededAt;
  private long failedAt;
  private boolean failed;

  Spare(Generation.Factory factory, LongSupplier nanoTime) {
    this.factory = factory;
    this.nanoTime = nanoTime;
  }

  /**
   * To be called again and again.
   *
   * @param needed whether there are nodes of the cluster that can't be reached
   * @return the generation, if it was started now
   */
  @Nullable Generation look(boolean needed) {
    long now = nanoTime.getAsLong();
    if (!needed) {
      if (generation != null && now - neededAt >= CALM.toNanos()) {
        end();
      }
      return null;
    }
    neededAt = now;
    Generation before = generation;
    if (before == null) {
      start(now);
    }
    if (generation != null) {
      joinItself(generation);
    }
    return before == null ? generation : null;
  }

  private void start(long now) {
    if (failed && now - failedAt < RETRY.toNanos()) {
      return;
    }
    try {
      generation = factory.start();
      failed = false;
    } catch (RuntimeException e) {
      failed = true;
      failedAt = now;
      LOG.error("a second member can't be started in this node; it tries again in 10 s", e);
    }
  }

  private static void joinItself(Generation alone) {
    ClusterView cluster = ClusterView.of(alone);
    if (cluster.isRemoved()) {
      cluster.joinItself();
    }
  }

  /** Gives it away, if there is one. */
  @Nullable Generation take() {
    Generation taken = generation;
    generation = null;
    return taken;
  }

  /** It has ended by itself. */
  void ended(Generation ended) {
    if (ended == generation) {
      generation = null;
    }
  }

  /** Ends it, if there is one. */
  void end() {
    Generation unused = take();
    if (unused != null) {
      unused.leave();
    }
  }
}
