// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.Peek;
import io.anteroom.node.flow.Peek.Peeked;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.ToRouter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Actor that makes one list of this node's suspended queries: asks the filter routers, which only
 * return references, and replies when all have answered. Stops after one list.
 */
final class SuspendedList {
  /** Maximum length of a list. */
  static final int MAX = 10_000;

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Views views;
  private final ActorRef<AdminPage> replyTo;
  private final int limit;
  private final List<Waiting> waiting = new ArrayList<>();
  private long total;
  private int missing;

  private SuspendedList(int routers, int limit, Views views, ActorRef<AdminPage> replyTo) {
    this.missing = routers;
    this.limit = limit;
    this.views = views;
    this.replyTo = replyTo;
  }

  private enum TooLate {
    NOW
  }

  static Behavior<Object> create(
      List<ActorRef<ToRouter>> routers, int limit, Views views, ActorRef<AdminPage> replyTo) {
    return Behaviors.setup(
        context -> {
          SuspendedList list = new SuspendedList(routers.size(), limit, views, replyTo);
          if (routers.isEmpty()) {
            return list.answer();
          }
          routers.forEach(d -> d.tell(new Peek(limit, context.getSelf().narrow())));
          context.setReceiveTimeout(TIMEOUT, TooLate.NOW);
          return Behaviors.receive(Object.class)
              .onMessage(Peeked.class, list::onPeeked)
              // Sends no reply: the requester reports this node as unanswered.
              .onMessage(TooLate.class, late -> Behaviors.stopped())
              .build();
        });
  }

  private Behavior<Object> onPeeked(Peeked peeked) {
    total += peeked.total();
    waiting.addAll(peeked.waiting());
    missing--;
    return missing == 0 ? answer() : Behaviors.same();
  }

  private Behavior<Object> answer() {
    List<SuspendedRow> rows =
        waiting.stream()
            .map(views::row)
            .sorted(Comparator.comparingLong(SuspendedRow::ageMillis).reversed())
            .limit(limit)
            .toList();
    AdminPage.send(views.node(), total, rows, replyTo);
    return Behaviors.stopped();
  }
}
