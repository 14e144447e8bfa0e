// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.listener.Listener;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Waits until the listeners of a stopping node have finished the queries that they have received.
 * After the maximum time, the queries still suspended get {@code on-timeout}, and there is one more
 * second for their answers.
 */
final class Draining {
  private static final Duration LAST_ANSWERS = Duration.ofSeconds(1);

  private Draining() {}

  private enum Event {
    DRAINED,
    TIME_UP,
    GIVE_UP
  }

  static Behavior<?> create(
      List<ActorRef<OriginCommand>> listeners, Duration atMost, CompletableFuture<Done> done) {
    return Behaviors.<Event>setup(
        context -> {
          ActorRef<Done> each = context.messageAdapter(Done.class, drained -> Event.DRAINED);
          listeners.forEach(listener -> listener.tell(new Listener.Drain(each)));
          return Behaviors.withTimers(
              timers -> {
                timers.startSingleTimer(Event.TIME_UP, atMost);
                timers.startSingleTimer(Event.GIVE_UP, atMost.plus(LAST_ANSWERS));
                return waiting(listeners, listeners.size(), done);
              });
        });
  }

  private static Behavior<Event> waiting(
      List<ActorRef<OriginCommand>> listeners, int missing, CompletableFuture<Done> done) {
    if (missing == 0) {
      done.complete(Done.getInstance());
      return Behaviors.stopped();
    }
    return Behaviors.receiveMessage(
        event ->
            switch (event) {
              case DRAINED -> waiting(listeners, missing - 1, done);
              case TIME_UP -> {
                listeners.forEach(listener -> listener.tell(Listener.Order.END_ALL));
                yield Behaviors.same();
              }
              case GIVE_UP -> waiting(listeners, 0, done);
            });
  }
}
