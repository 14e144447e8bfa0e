// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ToRouter;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A suspended query asks the router of its service, on its own node, for a verdict.
 *
 * @param entity where it waits
 * @param vote whether a group asks, for a query that waits under another key
 */
public record Ask(SuspendedState state, ActorRef<SuspensionCommand> entity, boolean vote)
    implements ToRouter, NoSerializationVerificationNeeded {
  public Ask(SuspendedState state, ActorRef<SuspensionCommand> entity) {
    this(state, entity, false);
  }
}
