// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.SuspensionCommand;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * Handle of the actor that answers operators' requests in one cluster of the node, also those of
 * other nodes' admin agents. A node that changes clusters gets a new one. Thread-safe.
 */
public final class AdminAgent {
  private final ActorSystem<?> member;
  private final ActorRef<AdminAgentActor.Command> ref;

  private AdminAgent(ActorSystem<?> member, ActorRef<AdminAgentActor.Command> ref) {
    this.member = member;
    this.ref = ref;
  }

  /**
   * Starts an admin agent.
   *
   * @param member the ActorSystem of the cluster part
   * @param region sends a message to an entity on any node
   */
  public static AdminAgent start(
      ActorSystem<?> member, AdminParts parts, Consumer<SuspensionCommand> region) {
    return new AdminAgent(
        member,
        member.systemActorOf(
            AdminAgentActor.create(member, parts, region),
            "admin-agent",
            AdminInterface.DISPATCHER));
  }

  ActorRef<AdminAgentActor.Command> ref() {
    return ref;
  }

  ActorSystem<?> member() {
    return member;
  }
}
