// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * All that is needed to go on with a suspended query, wherever it waits.
 *
 * @param nextRule the index of the rule in the stage's chain at which it goes on
 * @param origin leads to the listener that took the query, the only one that may answer it, from
 *     any member of the cluster
 * @param listener that listener itself, where it is in this JVM; else null. It spares the way
 *     through {@code origin}, and is not sent to other nodes.
 * @param deadlineNanos when it goes on without a verdict, on the {@code System.nanoTime()} of the
 *     JVM that holds this; on the wire it is the time left
 */
public record SuspendedState(
    SuspensionKey key,
    Stage stage,
    int nextRule,
    Query query,
    ActorRef<OriginCommand> origin,
    @Nullable ActorRef<OriginCommand> listener,
    long deadlineNanos) {
  /** A state that was read from the network, or whose origin needs no shorter way. */
  public SuspendedState(
      SuspensionKey key,
      Stage stage,
      int nextRule,
      Query query,
      ActorRef<OriginCommand> origin,
      long deadlineNanos) {
    this(key, stage, nextRule, query, origin, null, deadlineNanos);
  }

  /** The same, where other members reach the origin by another reference. */
  public SuspendedState withOrigin(ActorRef<OriginCommand> other) {
    return new SuspendedState(key, stage, nextRule, query, other, listener, deadlineNanos);
  }

  /** Tells the listener that took the query, by the shortest way. */
  public void tellOrigin(OriginCommand message) {
    (listener == null ? origin : listener).tell(message);
  }
}
