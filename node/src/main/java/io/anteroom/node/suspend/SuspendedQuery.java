// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.Ended;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendRefused;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.SuspensionCommand.GiveUp;
import io.anteroom.node.flow.SuspensionCommand.Local;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/**
 * One suspended query: a sharded entity keyed by asyncID/queryID, which holds all that is needed to
 * go on and waits for a verdict or for its time to be up.
 *
 * <p><b>Life.</b> {@code Suspend} starts it: it sets its receive timeout, once, to the time left,
 * and asks the dispatcher of the service on this node. The first of verdict, timeout, cancellation
 * and the dispatcher's giving up ends it; the origin is told (but for a cancellation, which comes
 * from there), the dispatcher too. There is no state after the end but its key in {@link
 * EndedKeys}.
 *
 * <p><b>Deadline.</b> Every message but {@code Suspend} is {@code NotInfluenceReceiveTimeout}, and
 * a second {@code Suspend} is refused and the timeout set again to what is left, so nothing can
 * move the deadline.
 *
 * <p><b>Stray messages.</b> Sharding starts an entity for whatever key it is sent. One that is
 * started by a verdict or a cancellation ends at once and says whether its key ended before or
 * never was.
 *
 * <p><b>Move.</b> When its shard is handed over it is stopped, and sends its state, with the time
 * left, to its own key; the message waits for the shard's next home.
 *
 * <p>It runs on the dispatcher of the first event loop. It is not an {@code AbstractBehavior}: that
 * would build a table of handlers for every query.
 */
final class SuspendedQuery {
  private final ActorContext<SuspensionCommand> context;
  private final Shared shared;
  private final SuspensionKey key;
  private @Nullable SuspendedState state;
  private @Nullable ActorRef<ToDispatcher> dispatcher;

  /**
   * What all entities of a node share.
   *
   * @param dispatchers by asyncID
   * @param region sends a message to an entity, wherever it is
   * @param ended shared with the dispatchers, on the same thread
   */
  record Shared(
      Map<Integer, ActorRef<ToDispatcher>> dispatchers,
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      LongSupplier nanoTime) {}

  private SuspendedQuery(
      ActorContext<SuspensionCommand> context, Shared shared, SuspensionKey key) {
    this.context = context;
    this.shared = shared;
    this.key = key;
  }

  static Behavior<SuspensionCommand> create(SuspensionKey key, Shared shared) {
    return Behaviors.setup(
        context -> Behaviors.receiveMessage(new SuspendedQuery(context, shared, key)::onMessage));
  }

  private Behavior<SuspensionCommand> onMessage(SuspensionCommand message) {
    if (message instanceof Suspend suspend) {
      return onSuspend(suspend.state());
    } else if (message instanceof Decide decide) {
      return onDecide(decide);
    } else if (message instanceof Describe describe) {
      return onDescribe(describe);
    } else if (message instanceof GiveUp giveUp) {
      return state == null ? Behaviors.stopped() : end(new NotDecided(giveUp.reason()));
    } else if (message == Local.DEADLINE) {
      return state == null ? Behaviors.stopped() : end(new NotDecided(Undecided.TIMEOUT));
    } else if (message instanceof Cancel) {
      return onCancel();
    } else if (message == Local.STOP) {
      return onStop();
    }
    return state == null ? Behaviors.stopped() : Behaviors.same();
  }

  private Behavior<SuspensionCommand> onSuspend(SuspendedState suspended) {
    if (state != null) {
      suspended.origin().tell(new SuspendRefused(key));
      // The duplicate has restarted the receive timeout; set it back to the deadline of the first.
      return waitFor(state);
    }
    state = suspended;
    ActorRef<ToDispatcher> asked = shared.dispatchers.get(key.asyncId());
    if (asked == null) {
      return end(new NotDecided(Undecided.NO_FILTER));
    }
    dispatcher = asked;
    asked.tell(new Ask(suspended, context.getSelf()));
    return waitFor(suspended);
  }

  private Behavior<SuspensionCommand> waitFor(SuspendedState suspended) {
    long left = suspended.deadlineNanos() - shared.nanoTime.getAsLong();
    if (left <= 0) {
      return end(new NotDecided(Undecided.TIMEOUT));
    }
    context.setReceiveTimeout(Duration.ofNanos(left), Local.DEADLINE);
    return Behaviors.same();
  }

  private Behavior<SuspensionCommand> onDecide(Decide decide) {
    if (state == null) {
      settle(decide, shared.ended.contains(key) ? Status.ENDED : Status.UNKNOWN);
      return Behaviors.stopped();
    }
    if (!fits(decide.verdict(), state)) {
      settle(decide, Status.REJECTED);
      return Behaviors.same();
    }
    if (decide.replyTo().equals(dispatcher)) {
      // It forgets the request when it hears how the verdict settled.
      dispatcher = null;
    }
    Behavior<SuspensionCommand> next = end(new Decided(decide.verdict()));
    settle(decide, Status.RESUMED);
    return next;
  }

  private Behavior<SuspensionCommand> onDescribe(Describe describe) {
    if (state == null || dispatcher == null) {
      describe.replyTo().tell(new Described(key, null, shared.ended.contains(key)));
      return state == null ? Behaviors.stopped() : Behaviors.same();
    }
    dispatcher.tell(describe);
    return Behaviors.same();
  }

  private static boolean fits(Verdict verdict, SuspendedState state) {
    if (verdict instanceof Verdict.Answer answer) {
      WireAnswer message = WireAnswer.parse(answer.message());
      return message != null && message.answers(state.query().wire());
    }
    return true;
  }

  private void settle(Decide decide, Status status) {
    decide.replyTo().tell(new Settled(new ResumeResult(key, status), decide.instance()));
  }

  private Behavior<SuspensionCommand> onCancel() {
    if (state != null) {
      forgetRequest();
      shared.ended.add(key);
    }
    return Behaviors.stopped();
  }

  private Behavior<SuspensionCommand> onStop() {
    if (state != null) {
      forgetRequest();
      shared.region.accept(new Suspend(state));
    }
    return Behaviors.stopped();
  }

  private Behavior<SuspensionCommand> end(Resumed.Decision decision) {
    if (state != null) {
      state.origin().tell(new Resumed(key, decision));
    }
    forgetRequest();
    shared.ended.add(key);
    return Behaviors.stopped();
  }

  private void forgetRequest() {
    if (dispatcher != null) {
      dispatcher.tell(new Ended(key));
    }
  }
}
