// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Everything needed to continue a suspended query on any node.
 *
 * @param nextRule the index in the stage's chain of the rule at which it continues
 * @param origin reference to the listener that received the query and alone may answer it; usable
 *     from any member of the cluster
 * @param listener the same listener if it is in this JVM, else null; avoids the indirection through
 *     {@code origin} and is not sent to other nodes
 * @param deadlineNanos when the query continues without a verdict, on the {@code System.nanoTime()}
 *     of this JVM; messages carry the remaining time instead
 */
public record SuspendedState(
    SuspensionKey key,
    Stage stage,
    int nextRule,
    Query query,
    ActorRef<OriginCommand> origin,
    @Nullable ActorRef<OriginCommand> listener,
    long deadlineNanos) {
  /** A state without a direct listener, such as one read from the network. */
  public SuspendedState(
      SuspensionKey key,
      Stage stage,
      int nextRule,
      Query query,
      ActorRef<OriginCommand> origin,
      long deadlineNanos) {
    this(key, stage, nextRule, query, origin, null, deadlineNanos);
  }

  /** The same state with another reference by which other members reach the origin. */
  public SuspendedState withOrigin(ActorRef<OriginCommand> other) {
    return new SuspendedState(key, stage, nextRule, query, other, listener, deadlineNanos);
  }

  /** Sends to the origin: directly if it is in this JVM, else through {@code origin}. */
  public void tellOrigin(OriginCommand message) {
    (listener == null ? origin : listener).tell(message);
  }
}
