// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireQuery;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;

/** What an upstream pool understands; never leaves the node. */
public interface UpstreamCommand extends NoSerializationVerificationNeeded {

  /**
   * Asks the pool's servers. Exactly one of {@link Answered} and {@link Unanswered} comes back.
   *
   * @param deadlineNanos when the client gives up, on the clock of {@code System.nanoTime()}
   */
  record Forward(Query query, long deadlineNanos, ActorRef<OriginCommand> replyTo)
      implements UpstreamCommand {}

  /**
   * Asks the pool's servers for the answer cache alone. Exactly one {@link Refreshed} comes back.
   *
   * @param sinceNanos when it began
   */
  record Refresh(
      String pool,
      WireQuery query,
      long sinceNanos,
      long deadlineNanos,
      ActorRef<OriginCommand> replyTo)
      implements UpstreamCommand {}
}
