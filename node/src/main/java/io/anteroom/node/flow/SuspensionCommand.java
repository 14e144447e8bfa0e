// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.NotInfluenceReceiveTimeout;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A message to a sharded entity: a suspended query, or the entity of a local shard. Each message
 * contains the entity's name, so the shard regions need no envelope. Only {@link Suspend} affects
 * the receive timeout.
 */
public sealed interface SuspensionCommand {
  /** The name of the receiving entity. */
  String entityId();

  /** The shard of the entity, 0 to 255. */
  int shard();

  /** A message for one suspended query. */
  sealed interface ToQuery extends SuspensionCommand {
    SuspensionKey key();

    /**
     * The key as it is written elsewhere, but with {@code -} for {@code /}, which is not allowed in
     * actor names.
     */
    @Override
    default String entityId() {
      return key().asyncId() + "-" + key().queryId();
    }

    @Override
    default int shard() {
      return key().shard();
    }
  }

  /**
   * Suspends a query. A second {@code Suspend} for a key in use is refused with {@link
   * SuspendRefused}.
   *
   * @param moved whether the query was suspended before and its shard has been handed over
   */
  record Suspend(SuspendedState state, boolean moved) implements ToQuery, ClusterMessage {
    public Suspend(SuspendedState state) {
      this(state, false);
    }

    @Override
    public SuspensionKey key() {
      return state.key();
    }
  }

  /**
   * The verdict of a registered instance or an operator. The reply is {@link Settled}.
   *
   * @param instance the instance that decided; returned in the reply
   */
  record Decide(
      SuspensionKey key,
      Verdict verdict,
      ActorRef<ToInstance> instance,
      ActorRef<ToRouter> replyTo,
      boolean byOperator)
      implements ToQuery, ClusterMessage, NotInfluenceReceiveTimeout {
    /** The verdict of an instance. */
    public Decide(
        SuspensionKey key,
        Verdict verdict,
        ActorRef<ToInstance> instance,
        ActorRef<ToRouter> replyTo) {
      this(key, verdict, instance, replyTo, false);
    }
  }

  /**
   * Asks for a description of the query. The reply is {@link Described}, from the entity or, if
   * that has asked a router, from the router, which also knows the instance.
   */
  record Describe(SuspensionKey key, ActorRef<Described> replyTo)
      implements ToQuery, ToRouter, ClusterMessage, NotInfluenceReceiveTimeout {}

  /**
   * Ends the suspension without a reply: the client has gone, the query moves to another place, or
   * the node of the origin stops.
   */
  record Cancel(SuspensionKey key) implements ToQuery, ClusterMessage, NotInfluenceReceiveTimeout {}

  /** The router of this node can't get a verdict for the query. */
  record GiveUp(SuspensionKey key, Undecided reason)
      implements ToQuery, NotInfluenceReceiveTimeout, NoSerializationVerificationNeeded {}

  /**
   * Starts the entity of a shard, which tells its node that the shard is there. A shard that is on
   * no node is allocated first.
   */
  record ClaimShard(int shard)
      implements SuspensionCommand, ClusterMessage, NotInfluenceReceiveTimeout {
    public static final String PREFIX = "home-";

    @Override
    public String entityId() {
      return PREFIX + shard;
    }
  }

  /** Messages from an entity's own timer or its shard; they have no key. */
  enum Local
      implements SuspensionCommand, NotInfluenceReceiveTimeout, NoSerializationVerificationNeeded {
    /** The receive timeout has expired. */
    DEADLINE,
    /** The shard is being handed over to another node. */
    STOP;

    @Override
    public String entityId() {
      throw new UnsupportedOperationException("never sent through a shard region");
    }

    @Override
    public int shard() {
      throw new UnsupportedOperationException("never sent through a shard region");
    }
  }
}
