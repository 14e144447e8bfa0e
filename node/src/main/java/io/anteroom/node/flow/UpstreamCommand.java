// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.config.ServerSettings;
import java.util.List;
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

  /** Has queries from now on go to these servers; those in flight end where they are. */
  record SetServers(List<ServerSettings> servers) implements UpstreamCommand {
    public SetServers {
      servers = List.copyOf(servers);
    }
  }
}
