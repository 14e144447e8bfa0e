// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.SuspensionCommand.ToQuery;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResult.Status;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.AllDeadLetters;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.Dropped;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Handles messages to suspended queries that were not delivered.
 *
 * <ul>
 *   <li><b>Dropped by the shard region.</b> Between two steps of a hand-over Pekko buffers messages
 *       for the shard, and then drops them to preserve the message order, which does not matter
 *       here. They are sent again, and the region buffers them until the shard has its next home.
 *   <li><b>Not accepted by the region</b>, because its buffer is full or it has stopped. Sending
 *       again would loop, so the message is lost. For a {@code Suspend} the origin is told, and the
 *       policy for overload applies; a verdict is repeated by its instance.
 *   <li><b>Sent to an entity that has just stopped.</b> If its key has ended on this node, a
 *       verdict was late and is answered with ENDED. If not, the entity was stopped by a hand-over,
 *       or had been started by a stray message: the message is sent again through the shard region.
 * </ul>
 *
 * <p><b>Bounds.</b> A message returns here once for each hand-over or stopped entity that it meets,
 * so it does not loop. In case it does, at most 100,000 messages a second are sent again; more are
 * lost.
 *
 * <p>It runs on the thread of the sharding actors, which send these messages.
 */
final class Resender {
  static final int MAX_PER_SECOND = 100_000;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Counters<Counter> counters;
  private final LongSupplier nanoTime;
  private long secondBegan;
  private int inThisSecond;

  private Resender(
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    this.region = region;
    this.ended = ended;
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.secondBegan = nanoTime.getAsLong();
  }

  static Behavior<AllDeadLetters> create(
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    Behavior<AllDeadLetters> resender =
        Behaviors.setup(
            context -> {
              var events = context.getSystem().eventStream();
              events.tell(
                  new EventStream.Subscribe<>(DeadLetter.class, context.getSelf().narrow()));
              events.tell(new EventStream.Subscribe<>(Dropped.class, context.getSelf().narrow()));
              Resender self = new Resender(region, ended, counters, nanoTime);
              return Behaviors.receiveMessage(
                  letter -> {
                    self.onLetter(letter);
                    return Behaviors.same();
                  });
            });
    return Behaviors.supervise(resender).onFailure(SupervisorStrategy.resume());
  }

  private void onLetter(AllDeadLetters letter) {
    // A Dropped event may itself be published as a dead letter, with the message in it.
    boolean wrapped = letter.message() instanceof Dropped;
    Object message = wrapped ? ((Dropped) letter.message()).message() : letter.message();
    if (!(message instanceof SuspensionCommand command)) {
      return;
    } else if (wrapped || letter instanceof Dropped) {
      sendAgain(command);
    } else if (isEntity(letter.recipient())) {
      onStoppedEntity(command);
    } else {
      lose(command);
    }
  }

  /**
   * Entities are recognised by their path: the parent is the shard, its parent the region, which
   * has the name of the entity type.
   */
  private static boolean isEntity(ActorRef recipient) {
    return recipient.path().parent().parent().name().equals(SuspensionRegion.TYPE.name());
  }

  private void onStoppedEntity(SuspensionCommand command) {
    if (command instanceof ToQuery toQuery && ended.contains(toQuery.key())) {
      if (command instanceof Decide late) {
        ResumeResult result = new ResumeResult(late.key(), Status.ENDED);
        late.replyTo().tell(new Settled(result, late.instance()));
      }
    } else if (command instanceof Suspend
        || command instanceof Decide
        || command instanceof Cancel) {
      sendAgain(command);
    }
  }

  private void sendAgain(SuspensionCommand command) {
    long now = nanoTime.getAsLong();
    if (now - secondBegan >= SECOND) {
      secondBegan = now;
      inThisSecond = 0;
    }
    if (++inThisSecond > MAX_PER_SECOND) {
      lose(command);
    } else {
      counters.increment(Counter.HAND_OVER_RESENT);
      region.accept(command);
    }
  }

  private void lose(SuspensionCommand command) {
    counters.increment(Counter.REGION_OVERLOAD);
    if (command instanceof Suspend suspend) {
      NotDecided overload = new NotDecided(Undecided.OVERLOAD);
      suspend.state().origin().tell(new Resumed(suspend.key(), overload));
    }
  }
}
