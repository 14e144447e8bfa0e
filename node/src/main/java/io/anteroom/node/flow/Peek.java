// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ToRouter;
import java.util.List;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Asks a router of the same node for the queries that have waited longest.
 *
 * @param limit the maximum number of queries
 */
public record Peek(int limit, ActorRef<Peeked> replyTo)
    implements ToRouter, NoSerializationVerificationNeeded {

  /**
   * The reply.
   *
   * @param total how many queries wait in all
   * @param waiting the queries, oldest first
   */
  public record Peeked(int total, List<Waiting> waiting)
      implements NoSerializationVerificationNeeded {}
}
