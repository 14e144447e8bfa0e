// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance of a filter service: passes each request to a {@link Filter} and sends its verdicts
 * to the nodes.
 *
 * <h2>Credits</h2>
 *
 * An attached router is granted credits. Each request uses one from when it is sent until its stage
 * is complete or its query's deadline has passed; then the credit returns with the next {@code
 * Resumes}. A gap in the router's sequence shows that requests were lost; their credits return too.
 * So the filter never has more pending requests than were granted. A stage that never completes
 * uses a credit only until its query's deadline.
 *
 * <h2>Batches</h2>
 *
 * Verdicts are collected in an {@link Outbox} while messages wait in the mailbox: the first one
 * makes the instance send itself a {@code Flush}, which comes after all that is there. Credits with
 * no verdict beside them wait for the timer, unless they are many. The outbox also sees to it that
 * a verdict which is lost on the way is sent again.
 *
 * <h2>Failing</h2>
 *
 * Anything that {@link Filter#decide} throws, JVM errors included, affects only that request. An
 * instance that fails otherwise, or whose filter fails to start, is restarted after a pause that
 * grows to 15 s. Until then it is not registered, so nodes send it nothing.
 */
public final class FilterInstance extends AbstractBehavior<ToInstance> {
  /** The credits that a router is granted by default. */
  public static final int DEFAULT_CREDITS = 10_000;

  static final Duration TICK = Duration.ofMillis(25);

  /** How long after its deadline a request with an incomplete stage is ended, at most. */
  static final Duration SWEEP = Duration.ofMillis(250);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private static final Logger LOG = LoggerFactory.getLogger(FilterInstance.class);

  /** How long an instance that leaves waits for verdicts about pending requests. */
  static final Duration LEAVE = Duration.ofSeconds(2);

  /** What an instance sends to itself. */
  private sealed interface Own extends ToInstance, NoSerializationVerificationNeeded {}

  private record Detach(ActorRef<ToRouter> router) implements Own {}

  private enum Signal implements Own {
    FLUSH,
    TICK,
    SWEEP,
    INVALIDATE,
    LEAVE,
    LEAVE_NOW
  }

  private final int asyncId;
  private final FilterMetrics metrics;
  private final LongSupplier clockNs;
  private final TimerScheduler<ToInstance> timers;
  private final Invalidations invalidations;
  private final Outbox outbox;
  private final FilterCalls calls;
  private boolean flushSent;
  private boolean ticking;
  private boolean sweeping;
  private boolean leaving;

  private FilterInstance(
      ActorContext<ToInstance> context,
      TimerScheduler<ToInstance> timers,
      int asyncId,
      Filter filter,
      int credits,
      FilterMetrics metrics,
      Invalidations invalidations,
      LongSupplier clockNs) {
    super(context);
    this.timers = timers;
    this.asyncId = asyncId;
    this.metrics = metrics;
    this.invalidations = invalidations;
    this.clockNs = clockNs;
    ActorRef<ToInstance> self = context.getSelf();
    invalidations.wakes(() -> self.tell(Signal.INVALIDATE));
    filter.start(invalidations);
    outbox = new Outbox(self, asyncId, credits, metrics, invalidations);
    calls = new FilterCalls(filter, asyncId, outbox, metrics, LOG, clockNs, self);
    context
        .getSystem()
        .receptionist()
        .tell(Receptionist.register(FilterKeys.instances(asyncId), context.getSelf()));
  }

  /** Creates an instance with the default credits. */
  public static Behavior<ToInstance> create(int asyncId, Filter filter) {
    return create(asyncId, filter, DEFAULT_CREDITS, new FilterMetrics());
  }

  /** Creates an instance that updates these metrics. */
  public static Behavior<ToInstance> create(
      int asyncId, Filter filter, int credits, FilterMetrics metrics) {
    return create(asyncId, filter, credits, metrics, new Invalidations(), System::nanoTime);
  }

  static Behavior<ToInstance> create(
      int asyncId,
      Filter filter,
      int credits,
      FilterMetrics metrics,
      Invalidations invalidations,
      LongSupplier clockNs) {
    Objects.requireNonNull(filter, "filter");
    Behavior<ToInstance> instance =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new FilterInstance(
                            context,
                            timers,
                            asyncId,
                            filter,
                            credits,
                            metrics,
                            invalidations,
                            clockNs)));
    return Behaviors.supervise(Behaviors.intercept(() -> new ErrorsToExceptions(asyncId), instance))
        .onFailure(
            SupervisorStrategy.restartWithBackoff(FIRST_PAUSE, LONGEST_PAUSE, 0)
                .withLoggingEnabled(false));
  }

  /**
   * Returns a message that makes an instance accept no more requests, and stop when its pending
   * requests are decided, or after {@link #LEAVE}.
   */
  public static ToInstance leave() {
    return Signal.LEAVE;
  }

  @Override
  public Receive<ToInstance> createReceive() {
    return newReceiveBuilder()
        .onMessage(FilterRequests.class, this::onFilterRequests)
        .onMessage(FilterCalls.Decided.class, this::onDecided)
        .onMessage(ResumeResults.class, this::onResumeResults)
        .onMessageEquals(Signal.FLUSH, this::onFlush)
        .onMessageEquals(Signal.TICK, this::onTick)
        .onMessageEquals(Signal.SWEEP, this::onSweep)
        .onMessageEquals(Signal.INVALIDATE, this::onInvalidate)
        .onMessage(Invalidated.class, this::onInvalidated)
        .onMessage(Attach.class, this::onAttach)
        .onMessage(Detach.class, this::onDetach)
        .onMessageEquals(Signal.LEAVE, this::onLeave)
        .onMessageEquals(Signal.LEAVE_NOW, Behaviors::stopped)
        .onSignal(PreRestart.class, failed -> onFailed())
        .onSignal(PostStop.class, stopped -> onStopped())
        .build();
  }

  private Behavior<ToInstance> onAttach(Attach attach) {
    ActorRef<ToRouter> router = attach.router();
    boolean known = outbox.find(router) != null;
    if (attach.asyncId() != asyncId || leaving || (!known && outbox.isFull())) {
      metrics.refused.increment();
      return this;
    }
    if (!known) {
      getContext().watchWith(router, new Detach(router));
    }
    outbox.attach(router);
    return onInvalidate();
  }

  private Behavior<ToInstance> onDetach(Detach detach) {
    outbox.detach(detach.router());
    return this;
  }

  private Behavior<ToInstance> onFilterRequests(FilterRequests batch) {
    Link link = outbox.find(batch.router());
    if (link == null) {
      refuse(batch);
      return this;
    }
    metrics.lost.add(link.received(batch.sequence(), batch.requests().size()));
    long nowNs = clockNs.getAsLong();
    for (FilterRequest request : batch.requests()) {
      if (link.open()) {
        metrics.requested.increment();
        calls.ask(new Asked(link, request, nowNs));
      } else {
        metrics.refused.increment();
      }
    }
    flushLater();
    return this;
  }

  /**
   * Tells an unknown router to attach again. It had attached, but when the cluster removes a node,
   * Pekko reports all watched actors at its address as terminated, which may include those of a
   * node that was started there since.
   */
  private void refuse(FilterRequests batch) {
    metrics.refused.add(batch.requests().size());
    if (!leaving) {
      batch.router().tell(new Grant(asyncId, getContext().getSelf(), 0));
    }
  }

  private Behavior<ToInstance> onDecided(FilterCalls.Decided decided) {
    if (calls.decided(decided)) {
      flushLater();
    }
    return next();
  }

  private Behavior<ToInstance> onSweep() {
    sweeping = false;
    calls.sweep();
    flushLater();
    return next();
  }

  /** Tells the routers what there is once the messages that wait already are handled. */
  private void flushLater() {
    if (!flushSent && outbox.isUrgent()) {
      flushSent = true;
      getContext().getSelf().tell(Signal.FLUSH);
    }
    if (!ticking && outbox.isDirty()) {
      ticking = true;
      timers.startSingleTimer(Signal.TICK, TICK);
    }
    if (!calls.isIdle() && !sweeping) {
      sweeping = true;
      timers.startSingleTimer(Signal.SWEEP, SWEEP);
    }
  }

  private Behavior<ToInstance> onFlush() {
    flushSent = false;
    outbox.flushUrgent();
    return this;
  }

  private Behavior<ToInstance> onTick() {
    ticking = false;
    outbox.repeat(clockNs.getAsLong());
    flushLater();
    return next();
  }

  private Behavior<ToInstance> onInvalidate() {
    outbox.sendInvalidations(clockNs.getAsLong());
    flushLater();
    return this;
  }

  private Behavior<ToInstance> onInvalidated(Invalidated invalidated) {
    invalidations.confirm(invalidated.id());
    return next();
  }

  private Behavior<ToInstance> onResumeResults(ResumeResults results) {
    results.results().forEach(calls::settled);
    return next();
  }

  private Behavior<ToInstance> onLeave() {
    leaving = true;
    deregister();
    timers.startSingleTimer(Signal.LEAVE_NOW, LEAVE);
    return next();
  }

  private void deregister() {
    getContext()
        .getSystem()
        .receptionist()
        .tell(Receptionist.deregister(FilterKeys.instances(asyncId), getContext().getSelf()));
  }

  /** Deregisters, so that nodes give pending requests to other instances until this one is back. */
  private Behavior<ToInstance> onFailed() {
    deregister();
    return this;
  }

  /** Stops an instance that leaves as soon as all its requests are decided and acknowledged. */
  private Behavior<ToInstance> next() {
    return leaving && calls.isIdle() && outbox.isConfirmed() ? Behaviors.stopped() : this;
  }

  private Behavior<ToInstance> onStopped() {
    outbox.flush();
    return this;
  }
}
