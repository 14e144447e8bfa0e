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
 * What a sharded entity understands: a suspended query, or the home of a shard. Each message names
 * its entity, so that the shard regions need no envelope. Only {@link Suspend} sets the receive
 * timeout.
 */
public sealed interface SuspensionCommand {
  /** The name of the entity it is for. */
  String entityId();

  /** The shard of the entity, 0 to 255. */
  int shard();

  /** A message for one suspended query. */
  sealed interface ToQuery extends SuspensionCommand {
    SuspensionKey key();

    /** As the key is written, but for a sign that needs no escape in the name of an actor. */
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
   * Suspends a query; a second one for a live key is refused with {@link SuspendRefused}.
   *
   * @param moved whether it waited on another node before, or on this one, until its shard left
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
   * Brings the verdict of a registered instance, or of an operator. {@link Settled} comes back.
   *
   * @param instance who decided; handed back in the answer
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
   * Asks what the query is. {@link Described} comes back, from the entity or from the router that
   * it asked, which knows more.
   */
  record Describe(SuspensionKey key, ActorRef<Described> replyTo)
      implements ToQuery, ToRouter, ClusterMessage, NotInfluenceReceiveTimeout {}

  /** The client has gone; nobody waits for the query any more. */
  record Cancel(SuspensionKey key) implements ToQuery, ClusterMessage, NotInfluenceReceiveTimeout {}

  /** The router of this node can't get the query decided. */
  record GiveUp(SuspensionKey key, Undecided reason)
      implements ToQuery, NotInfluenceReceiveTimeout, NoSerializationVerificationNeeded {}

  /** Makes the shard known to the node where it lives, and has it allocated if it lives nowhere. */
  record ClaimShard(int shard)
      implements SuspensionCommand, ClusterMessage, NotInfluenceReceiveTimeout {
    public static final String PREFIX = "home-";

    @Override
    public String entityId() {
      return PREFIX + shard;
    }
  }

  /** What an entity hears from its own timer or its shard, without a key of its own. */
  enum Local
      implements SuspensionCommand, NotInfluenceReceiveTimeout, NoSerializationVerificationNeeded {
    /** The receive timeout. */
    DEADLINE,
    /** The shard leaves this node. */
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
