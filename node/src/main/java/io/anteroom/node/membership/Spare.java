// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A generation that is kept ready in a cluster of its own, in case this node is declared down.
 *
 * <p>In a one-way partition, a node is told by others that it has been declared down, and Pekko
 * then terminates its member within a second. Joining again takes some seconds, in which the
 * filters on this node's side, including those inside the node, could not decide anything. Some
 * nodes are always unreachable for a while before a node is declared down, so this generation is
 * kept as long as that is the case.
 *
 * <p>Not thread-safe.
 */
final class Spare {
  /** How long all nodes must have been reachable before the spare is ended. */
  private static final Duration CALM = Duration.ofSeconds(10);

  /** Time between two attempts to start a spare. */
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
   * Starts or ends the spare as needed; to be called periodically.
   *
   * @param needed whether nodes of the cluster are unreachable
   * @return the spare, if this call has started it
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

  /** Hands over the spare, which is then no longer kept here; null if there is none. */
  @Nullable Generation take() {
    Generation taken = generation;
    generation = null;
    return taken;
  }

  /** To be called when a generation has ended by itself. */
  void ended(Generation ended) {
    if (ended == generation) {
      generation = null;
    }
  }

  /** Ends the spare, if there is one. */
  void end() {
    Generation unused = take();
    if (unused != null) {
      unused.leave();
    }
  }
}
