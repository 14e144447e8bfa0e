// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * One membership of the node, from joining a cluster to leaving it: an ActorSystem, and in it all
 * that queries are suspended with. A node that goes from one cluster to another has two of them for
 * a while. Any thread may use it, but for starting one, which takes half a second.
 */
public interface Generation {
  /** The member of the cluster. It does not join by itself. */
  ActorSystem<?> system();

  /** Has connections to the node's cluster port go to it from now on. */
  void beReached();

  /** Closes what others have connected to it; it goes on with what this node has. */
  void cutOff();

  /** Whether queries can be suspended with it: it has shards of its own. */
  boolean canSuspend();

  /** Whether every filter service that has an instance with {@code other} has one with this too. */
  boolean hasFiltersOf(Generation other);

  /** Has queries suspended with it from now on. */
  void takeOver();

  /** Completes when it can have no shards any more, if it still is a member or not. */
  CompletionStage<Void> shardsEnded();

  /** It takes no more shards, because the node is about to end. */
  void prepareToLeave();

  /** Leaves its cluster and ends; it is complete when it has. May be called again. */
  CompletionStage<Void> leave();

  /** How generations come to be. */
  interface Factory {
    /**
     * Starts one that can reach others, but is not reached yet.
     *
     * @throws RuntimeException if it can't be started
     */
    Generation start();
  }
}
