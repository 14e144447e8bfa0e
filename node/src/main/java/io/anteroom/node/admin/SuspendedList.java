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
 * Makes one list of the suspended queries of this node: asks the routers, which do no more than
 * hand out references, and answers when all have. Lives for one list.
 */
final class SuspendedList {
  /** No list is longer. */
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
              // Whoever waits for the answer says that this node gave none.
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
