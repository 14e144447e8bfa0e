// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A generation on its way into a cluster, until queries can be suspended with it. It decides by
 * {@link JoinPlan}, from what the seeds and former nodes say of the clusters that they are in
 * ({@link OtherNodes}). Not safe for several threads.
 */
final class Joining {
  private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

  /** How long a generation may take to be ready before the filters that it lacks are given up. */
  private static final Duration FILTERS = Duration.ofSeconds(5);

  /** After which a generation that goes to another cluster and does not get there is given up. */
  private static final Duration MOVE = Duration.ofSeconds(40);

  /** How long a node may take to answer one that wants to join its cluster. */
  private static final Duration JOIN = Duration.ofSeconds(10);

  private final Generation generation;
  private final ClusterView cluster;
  private final String self;
  private final List<String> seeds;
  private final LongSupplier nanoTime;
  private final long beganNanos;
  private boolean joining;
  private boolean joined;
  private long joiningSince;
  private long joinedNanos;
  private boolean toldMissing;

  /**
   * Begins now.
   *
   * @param self the address of this node
   * @param seeds as they are configured
   */
  Joining(Generation generation, String self, List<String> seeds, LongSupplier nanoTime) {
    this.generation = generation;
    this.cluster = ClusterView.of(generation);
    this.self = self;
    this.seeds = seeds;
    this.nanoTime = nanoTime;
    this.beganNanos = nanoTime.getAsLong();
  }

  Generation generation() {
    return generation;
  }

  boolean isUp() {
    return cluster.isUp();
  }

  /** To be called when it is up; true for the first time. */
  boolean hasJoinedNow() {
    if (joined) {
      return false;
    }
    joined = true;
    joinedNanos = nanoTime.getAsLong();
    return true;
  }

  /**
   * Whether it can take over: queries can be suspended with it, and it has the filters of the
   * generation before, or has waited for them long enough.
   */
  boolean isReady(@Nullable Generation before) {
    boolean waited = nanoTime.getAsLong() - joinedNanos >= FILTERS.toNanos();
    return generation.canSuspend() && (before == null || waited || generation.hasFiltersOf(before));
  }

  /** Whether it should have got to the other cluster by now. */
  boolean isOverdue() {
    return waited().compareTo(MOVE) >= 0;
  }

  private Duration waited() {
    return Duration.ofNanos(nanoTime.getAsLong() - beganNanos);
  }

  /** It was a spare: it has joined a cluster of its own already. */
  Joining inClusterOfItsOwn() {
    begin();
    return this;
  }

  /** Joins a cluster or begins one, if that is what is to be done now. */
  void join(OtherNodes others, @Nullable Generation before) {
    if (joining && !isStuck()) {
      return;
    }
    Duration waited = waited();
    JoinPlan plan = JoinPlan.of(self, seeds, others.outside(before), waited);
    if (plan instanceof JoinPlan.Join to) {
      begin();
      cluster.join(to.address());
    } else if (plan instanceof JoinPlan.Begin && before == null) {
      begin();
      cluster.joinItself();
      tellMissing("begins a cluster without", others);
    } else if (waited.compareTo(JoinPlan.PATIENCE) > 0) {
      tellMissing("waits for a seed to begin the cluster; no answer from", others);
    }
  }

  private void begin() {
    joining = true;
    joiningSince = nanoTime.getAsLong();
  }

  /** Whether the node that it was to join did not take it, and may have gone. */
  private boolean isStuck() {
    return cluster.isRemoved() && nanoTime.getAsLong() - joiningSince >= JOIN.toNanos();
  }

  private void tellMissing(String what, OtherNodes others) {
    List<String> missing = JoinPlan.missing(self, seeds, others.answers());
    if (!toldMissing && !missing.isEmpty()) {
      toldMissing = true;
      LOG.warn("the node {} {}", what, String.join(", ", missing));
    }
  }
}
