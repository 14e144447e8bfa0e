// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireQuery;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;

/** A message to an upstream pool; never leaves the node. */
public interface UpstreamCommand extends NoSerializationVerificationNeeded {

  /**
   * Asks the pool's servers. The reply is exactly one {@link Answered} or {@link Unanswered}.
   *
   * @param deadlineNanos when the query times out, on the clock of {@code System.nanoTime()}
   */
  record Forward(Query query, long deadlineNanos, ActorRef<OriginCommand> replyTo)
      implements UpstreamCommand {}

  /**
   * Asks the pool's servers to refresh a cached answer; no client waits for it. The reply is
   * exactly one {@link Refreshed}.
   *
   * @param sinceNanos when the refresh began, on the clock of {@code System.nanoTime()}
   */
  record Refresh(
      String pool,
      WireQuery query,
      long sinceNanos,
      long deadlineNanos,
      ActorRef<OriginCommand> replyTo)
      implements UpstreamCommand {}
}
