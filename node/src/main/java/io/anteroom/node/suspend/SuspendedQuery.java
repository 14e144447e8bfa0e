// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.filter.VerdictFit;
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
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToRouter;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/**
 * One suspended query: a sharded entity with the key asyncID/queryID. It holds the state needed to
 * continue the query and waits for a verdict or the deadline.
 *
 * <p><b>Life.</b> {@code Suspend} starts it: it sets its receive timeout to the remaining time and
 * asks the router of the service on this node. It ends with the first of verdict, timeout,
 * cancellation and the router's {@code GiveUp}. It then tells the origin (but for a cancellation,
 * which the origin sent) and the router. After its end only its key remains, in {@link EndedKeys}.
 *
 * <p><b>Verdicts that do not fit the query or the node.</b> A filter gives only one verdict, so the
 * query continues at once as if it had timed out. An operator gets an error and may try again; the
 * query keeps waiting.
 *
 * <p><b>Deadline.</b> Every message but {@code Suspend} is {@code NotInfluenceReceiveTimeout}.
 * After a second {@code Suspend}, which is refused, the timeout is set to the remaining time again.
 * So no message can postpone the deadline.
 *
 * <p><b>Stray messages.</b> Sharding starts an entity for every key that gets a message. An entity
 * started by a verdict or a cancellation stops at once; for a verdict it replies whether its key
 * has ended (ENDED) or is not known (UNKNOWN). Only while its shard is handed over may a verdict
 * wait for the query, see {@link AwaitedQuery}.
 *
 * <p><b>Hand-over.</b> When its shard is handed over, it stops and sends its state to its own key.
 * The region buffers that message until the shard has its next home.
 *
 * <p>It runs on the dispatcher of the first event loop. It is not an {@code AbstractBehavior},
 * because that would build a table of handlers for every query.
 */
final class SuspendedQuery {
  private final ActorContext<SuspensionCommand> context;
  private final Shared shared;
  private final SuspensionKey key;
  private @Nullable SuspendedState state;
  private @Nullable ActorRef<ToRouter> router;

  /**
   * Objects that all entities of a node share.
   *
   * @param member the ActorSystem in whose cluster the entities are; its routers are asked
   * @param region sends a message to an entity on any node
   * @param fit checks whether a verdict fits a query and this node
   * @param ended shared with the routers, which run on the same thread
   */
  record Shared(
      ActorSystem<?> member,
      FilterServices services,
      VerdictFit fit,
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      EarlyVerdicts early,
      LongSupplier nanoTime) {}

  private SuspendedQuery(
      ActorContext<SuspensionCommand> context, Shared shared, SuspensionKey key) {
    this.context = context;
    this.shared = shared;
    this.key = key;
  }

  static Behavior<SuspensionCommand> create(SuspensionKey key, Shared shared) {
    return Behaviors.setup(context -> new SuspendedQuery(context, shared, key).behavior());
  }

  private Behavior<SuspensionCommand> behavior() {
    return Behaviors.receiveMessage(this::onMessage);
  }

  Behavior<SuspensionCommand> onMessage(SuspensionCommand message) {
    if (message instanceof Suspend suspend) {
      return onSuspend(suspend);
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

  private Behavior<SuspensionCommand> onSuspend(Suspend suspend) {
    countIfMoved(suspend);
    if (state != null) {
      suspend.state().tellOrigin(new SuspendRefused(key));
      // The duplicate has restarted the receive timeout; set it back to the deadline of the first.
      return waitFor(state);
    } else if (shared.ended.contains(key)) {
      // Its Cancel arrived first.
      return Behaviors.stopped();
    }
    state = suspend.state();
    return ask(state);
  }

  /** Begins with a query whose verdicts arrived before it. */
  Behavior<SuspensionCommand> begin(Suspend suspend, List<Decide> verdicts) {
    countIfMoved(suspend);
    state = suspend.state();
    for (Decide decide : verdicts) {
      if (shared.ended.contains(key)) {
        settle(decide, Status.ENDED);
      } else {
        onDecide(decide);
      }
    }
    if (shared.ended.contains(key)) {
      return Behaviors.stopped();
    }
    Behavior<SuspensionCommand> next = ask(state);
    return next == Behaviors.<SuspensionCommand>same() ? behavior() : next;
  }

  private void countIfMoved(Suspend suspend) {
    if (suspend.moved()) {
      count(SuspensionCounter.MOVED_IN);
    }
  }

  private void count(SuspensionCounter counter) {
    FilterService service = shared.services.get(key.asyncId());
    if (service != null) {
      service.counters().increment(counter);
    }
  }

  private Behavior<SuspensionCommand> ask(SuspendedState suspended) {
    FilterService service = shared.services.get(key.asyncId());
    FilterService.InCluster here = service == null ? null : service.in(shared.member);
    if (here == null) {
      return end(new NotDecided(Undecided.NO_FILTER));
    }
    router = here.router();
    router.tell(new Ask(suspended, context.getSelf()));
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
      return onStray(decide);
    }
    Rejection misfit = shared.fit.misfit(decide.verdict(), state.query(), decide.byOperator());
    if (misfit != null && decide.byOperator()) {
      settle(decide, ResumeResult.rejected(key, misfit));
      return Behaviors.same();
    }
    if (decide.replyTo().equals(router)) {
      // This router forgets the request when it gets Settled, so it needs no Ended.
      router = null;
    }
    if (misfit != null) {
      // A filter sends one verdict only, so there will be no other.
      Behavior<SuspensionCommand> next = end(new NotDecided(Undecided.TIMEOUT));
      settle(decide, ResumeResult.rejected(key, misfit));
      return next;
    }
    Behavior<SuspensionCommand> next = end(new Decided(decide.verdict(), decide.byOperator()));
    settle(decide, Status.RESUMED);
    return next;
  }

  private Behavior<SuspensionCommand> onDescribe(Describe describe) {
    if (state == null || router == null) {
      describe.replyTo().tell(new Described(key, null, shared.ended.contains(key)));
      return state == null ? Behaviors.stopped() : Behaviors.same();
    }
    router.tell(describe);
    return Behaviors.same();
  }

  private Behavior<SuspensionCommand> onStray(Decide decide) {
    boolean over = shared.ended.contains(key);
    if (!over && shared.early.admit(key.shard())) {
      return AwaitedQuery.create(context, this, shared, decide);
    }
    settle(decide, over ? Status.ENDED : Status.UNKNOWN);
    return Behaviors.stopped();
  }

  void settle(Decide decide, Status status) {
    settle(decide, new ResumeResult(key, status));
  }

  private static void settle(Decide decide, ResumeResult result) {
    decide.replyTo().tell(new Settled(result, decide.instance()));
  }

  private Behavior<SuspensionCommand> onCancel() {
    if (state != null) {
      forgetRequest();
    }
    // Also without a query: its Suspend may arrive after this Cancel.
    shared.ended.add(key);
    return Behaviors.stopped();
  }

  private Behavior<SuspensionCommand> onStop() {
    if (state != null) {
      forgetRequest();
      count(SuspensionCounter.MOVED_OUT);
      shared.region.accept(new Suspend(state, true));
    }
    return Behaviors.stopped();
  }

  private Behavior<SuspensionCommand> end(Resumed.Decision decision) {
    if (state != null) {
      state.tellOrigin(new Resumed(key, decision));
    }
    forgetRequest();
    shared.ended.add(key);
    return Behaviors.stopped();
  }

  private void forgetRequest() {
    if (router != null) {
      router.tell(new Ended(key));
    }
  }
}
