// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ToRouter;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A suspended query asks the router of its service, on its own node, for a verdict.
 *
 * @param entity the entity that waits for the verdict
 * @param vote whether a group asks one of its members; the query then waits under the key of the
 *     group
 */
public record Ask(SuspendedState state, ActorRef<SuspensionCommand> entity, boolean vote)
    implements ToRouter, NoSerializationVerificationNeeded {
  public Ask(SuspendedState state, ActorRef<SuspensionCommand> entity) {
    this(state, entity, false);
  }
}
