// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A generation that is joining a cluster, until queries can be suspended with it. It decides by
 * {@link JoinPlan}, from the standings of the seeds and former nodes ({@link OtherNodes}). Not
 * thread-safe.
 */
final class Joining {
  private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

  /** How long after it has joined a generation waits for the filters of the one before. */
  private static final Duration FILTERS = Duration.ofSeconds(5);

  /** After this time, a move is given up if the other cluster has not let this node in. */
  private static final Duration MOVE = Duration.ofSeconds(40);

  /** After this time, a move is given up if this node was let in, but has not come up there. */
  private static final Duration COME_UP = Duration.ofMinutes(2);

  /** How long another node may take to let this one join its cluster. */
  private static final Duration JOIN = Duration.ofSeconds(10);

  /** How long all nodes of the cluster may be out of reach before this one is up there. */
  private static final Duration LOST = Duration.ofSeconds(10);

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
  private long reachedNanos;
  private boolean toldMissing;
  private boolean givenUp;

  /**
   * Begins to join now.
   *
   * @param self the address of this node
   * @param seeds addresses of the seeds, as configured
   */
  Joining(Generation generation, String self, List<String> seeds, LongSupplier nanoTime) {
    this.generation = generation;
    this.cluster = ClusterView.of(generation);
    this.self = self;
    this.seeds = seeds;
    this.nanoTime = nanoTime;
    this.beganNanos = nanoTime.getAsLong();
    this.reachedNanos = beganNanos;
  }

  Generation generation() {
    return generation;
  }

  /** To be called periodically; true once, when the member is up. */
  boolean hasJoinedNow() {
    if (joined || !cluster.isUp()) {
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
    if (givenUp || !cluster.isUp() || !generation.canSuspend()) {
      return false;
    }
    boolean waited = nanoTime.getAsLong() - joinedNanos >= FILTERS.toNanos();
    return before == null || waited || generation.hasFiltersOf(before);
  }

  /**
   * Whether the generation should be given up, to be called periodically. Either all nodes of the
   * cluster were lost before it was ready, so that nobody is left who could bring it up or give it
   * shards; or a move has taken too long.
   */
  boolean isHopeless(@Nullable Generation before) {
    long now = nanoTime.getAsLong();
    if (!cluster.hasLostAllOthers(self)) {
      reachedNanos = now;
    }
    boolean lost = now - reachedNanos >= LOST.toNanos();
    Duration atMost = cluster.isRemoved() ? MOVE : COME_UP;
    return lost || (before != null && !joined && waited().compareTo(atMost) >= 0);
  }

  /** Ends the generation; false if that was called before. */
  boolean giveUp() {
    boolean first = !givenUp;
    givenUp = true;
    if (first) {
      generation.leave();
    }
    return first;
  }

  private Duration waited() {
    return Duration.ofNanos(nanoTime.getAsLong() - beganNanos);
  }

  /** For a generation that was a spare and has formed its own cluster already. */
  Joining inClusterOfItsOwn() {
    begin();
    return this;
  }

  /** Takes the next step of the {@link JoinPlan}: joins a cluster or forms one. */
  void join(OtherNodes others, @Nullable Generation before) {
    if (givenUp || joined || (joining && !isStuck())) {
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

  /** Whether the member that it asked has not let it join in time, and may have gone. */
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
