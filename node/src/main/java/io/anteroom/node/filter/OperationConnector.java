// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.operation.OperationRunner;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connector for the operations of one service: an instance on this node only, whose verdicts are
 * the results of operations. It runs on its filter router's thread; the {@link OperationRunner} has
 * its own threads or none.
 *
 * <p><b>Credits.</b> Their number is the runner's capacity. An operation takes its credit until the
 * runner says that nothing of it is left, also if its query has ended before. So an operation that
 * can't be stopped never has the runner start one more than it has room for.
 *
 * <p><b>Room.</b> The runner is shared with the connector of another cluster part while the node
 * changes its cluster, and with operations that no query waits for. If it has no room although
 * there was a credit, the operation waits here until one ends, and at most until its deadline: a
 * policy sees {@code REJECTED} only for a limit that waiting does not help with.
 *
 * <p><b>End.</b> The runner ends an operation at its deadline. The connector cancels it when its
 * query has ended before, such as by an operator, by a move to another node or because its client
 * has gone; when its query has reached its deadline, which also reaches a runner that does not look
 * at the clock; and when the connector stops. A result that comes later is counted and dropped.
 */
final class OperationConnector extends AbstractBehavior<ToInstance> {
  private static final Logger LOG = LoggerFactory.getLogger(OperationConnector.class);
  private static final Duration TICK = Duration.ofMillis(25);

  private final TimerScheduler<ToInstance> timers;
  private final FilterService service;
  private final OperationRunner runner;
  private final ActorRef<ToRouter> router;
  private final LongSupplier nanoTime;
  private final ActorRef<ToInstance> self;

  /** All calls whose query waits, by its key. */
  private final Map<SuspensionKey, Call> awaited = new HashMap<>();

  /** All calls that the runner has not ended. */
  private final Set<Call> running = new HashSet<>();

  /** Calls for which the runner had no room. Each has a credit, so credits bound it. */
  private final ArrayDeque<Call> waiting = new ArrayDeque<>();

  private boolean ticking;

  /** The query with this key has ended, so nobody waits for its operation. */
  record Forget(SuspensionKey key) implements ToInstance, NoSerializationVerificationNeeded {}

  /** The runner has ended an operation. */
  private record Done(Call call, OperationResult result)
      implements ToInstance, NoSerializationVerificationNeeded {}

  private enum Signal implements ToInstance, NoSerializationVerificationNeeded {
    TICK
  }

  /** An operation of a query. */
  private static final class Call {
    final SuspensionKey key;
    final Operation operation;
    final long deadlineNanos;
    OperationRunner.Running running = () -> {};

    Call(SuspensionKey key, Operation operation, long deadlineNanos) {
      this.key = key;
      this.operation = operation;
      this.deadlineNanos = deadlineNanos;
    }
  }

  /** One attempt to start a call. The runner tells it the result, on any thread. */
  private final class Attempt implements Consumer<OperationResult> {
    private final Call call;
    private final AtomicBoolean over = new AtomicBoolean();

    /** The thread that is in {@code start}; null when that has returned. */
    private volatile @Nullable Thread starter = Thread.currentThread();

    /** What the runner has rejected it with before it returned. Used by the starter only. */
    private @Nullable OperationResult rejected;

    Attempt(Call call) {
      this.call = call;
    }

    @Override
    public void accept(OperationResult result) {
      if (!over.compareAndSet(false, true)) {
        LOG.error("operation {}: its runner has ended an operation twice", service.name());
      } else if (result.code() == ResultCode.REJECTED && starter == Thread.currentThread()) {
        rejected = result;
      } else {
        self.tell(new Done(call, result));
      }
    }

    /**
     * The runner has returned; true if it had no room. Any other rejection is a result: waiting
     * would not help.
     */
    boolean returned(OperationRunner.Running running) {
      starter = null;
      if (rejected == null) {
        return false;
      } else if (running == OperationRunner.NO_ROOM) {
        return true;
      }
      self.tell(new Done(call, rejected));
      return false;
    }
  }

  private OperationConnector(
      ActorContext<ToInstance> context,
      TimerScheduler<ToInstance> timers,
      FilterService service,
      OperationRunner runner,
      ActorRef<ToRouter> router,
      LongSupplier nanoTime) {
    super(context);
    this.timers = timers;
    this.service = service;
    this.runner = runner;
    this.router = router;
    this.nanoTime = nanoTime;
    this.self = context.getSelf();
    int capacity = runner.capacity();
    router.tell(new FilterRouter.Connection(self, true, capacity, capacity));
  }

  /**
   * Creates a connector.
   *
   * @param runner closed by the node, after all connectors have stopped
   * @param router the filter router of its service in the same cluster part
   */
  static Behavior<ToInstance> create(
      FilterService service,
      OperationRunner runner,
      ActorRef<ToRouter> router,
      LongSupplier nanoTime) {
    Behavior<ToInstance> connector =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new OperationConnector(
                            context, timers, service, runner, router, nanoTime)));
    return Behaviors.supervise(connector).onFailure(SupervisorStrategy.resume());
  }

  @Override
  public Receive<ToInstance> createReceive() {
    return newReceiveBuilder()
        .onMessage(FilterRequests.class, this::onFilterRequests)
        .onMessage(Done.class, this::onDone)
        .onMessage(Forget.class, this::onForget)
        .onMessage(ResumeResults.class, results -> this)
        .onMessageEquals(Signal.TICK, this::onTick)
        .onSignal(PostStop.class, stopped -> onStopped())
        .build();
  }

  private Behavior<ToInstance> onFilterRequests(FilterRequests batch) {
    long now = nanoTime.getAsLong();
    batch.requests().forEach(request -> onRequest(request, now));
    return this;
  }

  private void onRequest(FilterRequest request, long now) {
    Operation operation = request.operation();
    if (operation == null) {
      // A newer node asked for an operation that this one can't read.
      router.tell(new FilterRouter.Failed(self, 1, request.key(), Undecided.TIMEOUT));
      return;
    }
    long left = TimeUnit.MICROSECONDS.toNanos(request.remainingMicros());
    Call call = new Call(request.key(), operation, now + left);
    awaited.put(call.key, call);
    if (!waiting.isEmpty() || !start(call, now)) {
      service.counters().increment(SuspensionCounter.OPERATIONS_QUEUED);
      waiting.add(call);
      tickLater();
    }
  }

  /** Starts an operation; false if the runner has no room. */
  private boolean start(Call call, long now) {
    Attempt attempt = new Attempt(call);
    Duration left = Duration.ofNanos(Math.max(0, call.deadlineNanos - now));
    OperationRunner.Running started = () -> {};
    try {
      started = runner.start(call.operation, left, attempt);
    } catch (RuntimeException | LinkageError e) {
      // Runners don't throw, so this is a bug; the query must not wait until its deadline.
      LOG.error("operation {}: its runner failed to start an operation", service.name(), e);
      attempt.accept(OperationResult.failed(ResultCode.INTERNAL, e.toString()));
    }
    call.running = started;
    if (attempt.returned(started)) {
      return false;
    }
    running.add(call);
    return true;
  }

  private Behavior<ToInstance> onDone(Done done) {
    Call call = done.call();
    running.remove(call);
    ResultCode code = done.result().code();
    if (awaited.remove(call.key, call)) {
      if (code != ResultCode.DONE) {
        service.counters().increment(SuspensionCounter.OPERATIONS_FAILED);
      }
      Resume resume = new Resume(call.key, Verdict.result(done.result()));
      router.tell(new Resumes(self, 1, List.of(resume)));
    } else {
      if (code != ResultCode.CANCELLED && code != ResultCode.TIMEOUT) {
        service.counters().increment(SuspensionCounter.VERDICTS_LATE);
      }
      giveBack();
    }
    startWaiting();
    return this;
  }

  private void giveBack() {
    router.tell(new Resumes(self, 1, List.of()));
  }

  /** Starts operations that wait, as long as the runner has room. */
  private void startWaiting() {
    long now = nanoTime.getAsLong();
    for (Call call; (call = waiting.peek()) != null; ) {
      if (awaited.get(call.key) != call) {
        giveBack();
      } else if (!start(call, now)) {
        tickLater();
        return;
      }
      waiting.poll();
    }
  }

  private Behavior<ToInstance> onForget(Forget forget) {
    Call call = awaited.remove(forget.key());
    if (call != null && running.contains(call)) {
      service.counters().increment(SuspensionCounter.OPERATIONS_CANCELLED);
      cancel(call);
    }
    return this;
  }

  private void cancel(Call call) {
    try {
      call.running.cancel();
    } catch (RuntimeException | LinkageError e) {
      LOG.error("operation {}: its runner failed to cancel an operation", service.name(), e);
    }
  }

  /** Room that others have given back shows only when it is tried. */
  private void tickLater() {
    if (!ticking) {
      ticking = true;
      timers.startSingleTimer(Signal.TICK, TICK);
    }
  }

  private Behavior<ToInstance> onTick() {
    ticking = false;
    startWaiting();
    return this;
  }

  private Behavior<ToInstance> onStopped() {
    running.forEach(this::cancel);
    return this;
  }
}
