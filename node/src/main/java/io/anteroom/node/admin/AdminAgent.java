// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.SuspensionCommand;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * What operators are answered with in one cluster that the node is a member of: an actor there,
 * which the admin agents of other nodes ask too. A node that goes from one cluster to another has a
 * new one. Safe for any thread.
 */
public final class AdminAgent {
  private final ActorSystem<?> member;
  private final ActorRef<AdminAgentActor.Command> ref;

  private AdminAgent(ActorSystem<?> member, ActorRef<AdminAgentActor.Command> ref) {
    this.member = member;
    this.ref = ref;
  }

  /**
   * Starts one.
   *
   * @param member the ActorSystem that is the member
   * @param region sends a message to an entity, wherever it is
   */
  public static AdminAgent start(
      ActorSystem<?> member, AdminParts parts, Consumer<SuspensionCommand> region) {
    return new AdminAgent(
        member,
        member.systemActorOf(
            AdminAgentActor.create(member, parts, region),
            "admin-desk",
            AdminInterface.DISPATCHER));
  }

  ActorRef<AdminAgentActor.Command> ref() {
    return ref;
  }

  ActorSystem<?> member() {
    return member;
  }
}
