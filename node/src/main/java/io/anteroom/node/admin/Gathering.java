// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.admin.AdminAgentActor.Command;
import io.anteroom.node.admin.AdminAgentActor.Gathered;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Actor that sends one request to many admin agents and collects their answers, for 2 s unless the
 * request allows more. Stops after one request.
 */
final class Gathering {
  static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final ActorRef<Gathered> replyTo;
  private final List<AdminPage.Row> rows = new ArrayList<>();
  private final Set<String> asked = new HashSet<>();
  private final Set<String> unanswered;
  private long total;

  private Gathering(Set<String> nodes, ActorRef<Gathered> replyTo) {
    this.unanswered = new HashSet<>(nodes);
    this.replyTo = replyTo;
  }

  private enum TooLate implements NoSerializationVerificationNeeded {
    NOW
  }

  /**
   * Creates the actor, which sends the request when it starts.
   *
   * @param nodes the nodes that should answer; a node without an admin agent counts as unanswered
   *     at once
   */
  static Behavior<Object> create(
      Set<ActorRef<Command>> adminAgents,
      Set<String> nodes,
      Function<ActorRef<AdminPage>, Command> question,
      Duration atMost,
      ActorRef<Gathered> replyTo,
      Views views) {
    return Behaviors.withTimers(
        timers ->
            Behaviors.setup(
                context -> {
                  Gathering gathering = new Gathering(nodes, replyTo);
                  Command command = question.apply(context.getSelf().narrow());
                  for (ActorRef<Command> adminAgent : adminAgents) {
                    gathering.asked.add(views.nodeOf(adminAgent));
                    adminAgent.tell(command);
                  }
                  timers.startSingleTimer(TooLate.NOW, atMost);
                  return Behaviors.receive(Object.class)
                      .onMessage(AdminPage.class, gathering::onPage)
                      .onMessage(TooLate.class, late -> gathering.answer())
                      .build();
                }));
  }

  private Behavior<Object> onPage(AdminPage page) {
    rows.addAll(page.rows());
    if (page.last()) {
      total += page.total();
      asked.remove(page.node());
      unanswered.remove(page.node());
    }
    return asked.isEmpty() ? answer() : Behaviors.same();
  }

  private Behavior<Object> answer() {
    replyTo.tell(new Gathered(rows, total, unanswered.stream().sorted().toList()));
    return Behaviors.stopped();
  }
}
