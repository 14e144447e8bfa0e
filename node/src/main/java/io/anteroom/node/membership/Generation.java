// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * One membership of the node in a cluster, from joining to leaving: an ActorSystem and everything
 * in it that is needed to suspend queries. A node that moves from one cluster to another has two
 * generations for a while. Safe for any thread; starting one takes half a second.
 */
public interface Generation {
  /** The ActorSystem that is the cluster member. It does not join a cluster by itself. */
  ActorSystem<?> system();

  /** Routes new connections to the node's cluster port to this generation. */
  void beReached();

  /** Closes the connections that others have opened to it; those that this node has opened stay. */
  void cutOff();

  /**
   * Whether queries can be suspended with it: it has local shards, and the filters that run inside
   * this node are available.
   */
  boolean canSuspend();

  /**
   * Whether every filter service that has an instance in {@code other} has one in this generation
   * too.
   */
  boolean hasFiltersOf(Generation other);

  /** Makes it the generation with which new queries are suspended. */
  void takeOver();

  /** Completes when it can't have shards any more, whether it is still a member or not. */
  CompletionStage<Void> shardsEnded();

  /** Makes it accept no more shards, because the node is about to end. */
  void prepareToLeave();

  /**
   * Leaves its cluster and terminates the ActorSystem; completes when that is done. May be called
   * again.
   */
  CompletionStage<Void> leave();

  /** Creates generations. */
  interface Factory {
    /**
     * Starts a generation that can open connections to others, but can't be reached by them yet.
     *
     * @throws RuntimeException if it can't be started
     */
    Generation start();
  }
}
