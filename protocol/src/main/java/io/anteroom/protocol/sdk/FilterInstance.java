// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance of a filter service: passes each request to a {@link Filter} and sends its verdicts
 * to the nodes.
 *
 * <h2>Credits</h2>
 *
 * An attached dispatcher is granted credits. Each request uses one from when it is sent until its
 * stage is complete or its query's deadline has passed; then the credit returns with the next
 * {@code Resumes}. A gap in the dispatcher's sequence shows that requests were lost; their credits
 * return too. So the filter never has more pending requests than were granted. A stage that never
 * completes uses a credit only until its query's deadline.
 *
 * <h2>Batches</h2>
 *
 * Verdicts are collected while messages wait in the mailbox: the first one makes the instance send
 * itself a {@code Flush}, which comes after all that is there. Credits without a verdict wait for
 * the timer, unless there are many of them.
 *
 * <h2>Repeating</h2>
 *
 * A verdict is kept until a node acknowledges it. Without an acknowledgement it is sent again about
 * every 100 ms, each time to another attached dispatcher, since any of them finds the query. Only a
 * limited number is repeated at once, so that a node that was unreachable is not overloaded when it
 * is back. After the request's deadline, counted from its arrival, nothing is sent. "No verdict" is
 * sent only once; if that message is lost, the query waits until its deadline.
 *
 * <h2>Failing</h2>
 *
 * Anything that {@link Filter#decide} throws, JVM errors included, affects only that request. An
 * instance that fails otherwise, or whose filter fails to start, is restarted after a pause that
 * grows to 15 s. Until then it is not registered, so nodes send it nothing.
 */
public final class FilterInstance extends AbstractBehavior<ToInstance> {
  /** The credits that a dispatcher is granted by default. */
  public static final int DEFAULT_CREDITS = 10_000;

  static final Duration REPEAT = Duration.ofMillis(100);
  static final Duration TICK = Duration.ofMillis(25);

  /** How long after its deadline a request with an incomplete stage is ended, at most. */
  static final Duration SWEEP = Duration.ofMillis(250);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private static final Logger LOG = LoggerFactory.getLogger(FilterInstance.class);

  /** How long an instance that leaves waits for verdicts about pending requests. */
  static final Duration LEAVE = Duration.ofSeconds(2);

  /** The maximum number of attached dispatchers; further ones are refused. */
  static final int MAX_DISPATCHERS = 256;

  /** Messages of an instance to itself. */
  private sealed interface Own extends ToInstance, NoSerializationVerificationNeeded {}

  private record Decided(Asked asked, @Nullable Verdict verdict, @Nullable Throwable failure)
      implements Own {}

  private record Detach(ActorRef<ToDispatcher> dispatcher) implements Own {}

  private enum Signal implements Own {
    FLUSH,
    TICK,
    SWEEP,
    INVALIDATE,
    LEAVE,
    LEAVE_NOW
  }

  private final int asyncId;
  private final Filter filter;
  private final int credits;
  private final FilterMetrics metrics;
  private final LongSupplier clockNs;
  private final TimerScheduler<ToInstance> timers;
  private final FailureLog failures;
  private final Invalidations invalidations;
  private final List<Link> links = new ArrayList<>();
  private final Unacknowledged unacknowledged = new Unacknowledged(REPEAT.toNanos());
  private final UnderWay underWay = new UnderWay();
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
    this.filter = filter;
    this.credits = credits;
    this.metrics = metrics;
    this.invalidations = invalidations;
    this.clockNs = clockNs;
    ActorRef<ToInstance> self = context.getSelf();
    invalidations.wakes(() -> self.tell(Signal.INVALIDATE));
    filter.start(invalidations);
    failures = new FailureLog(LOG, asyncId);
    metrics.attached = 0;
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
        .onMessage(Decided.class, this::onDecided)
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
    ActorRef<ToDispatcher> dispatcher = attach.dispatcher();
    int known = indexOf(dispatcher);
    if (attach.asyncId() != asyncId || leaving || (known < 0 && links.size() >= MAX_DISPATCHERS)) {
      metrics.refused.increment();
      return this;
    }
    Link link = new Link(dispatcher, credits);
    if (known < 0) {
      getContext().watchWith(dispatcher, new Detach(dispatcher));
      links.add(link);
    } else {
      links.set(known, link).detach();
    }
    metrics.attached = links.size();
    dispatcher.tell(new Grant(asyncId, getContext().getSelf(), credits));
    return onInvalidate();
  }

  private Behavior<ToInstance> onDetach(Detach detach) {
    int known = indexOf(detach.dispatcher());
    if (known >= 0) {
      links.remove(known).detach();
      metrics.attached = links.size();
    }
    return this;
  }

  private Behavior<ToInstance> onFilterRequests(FilterRequests batch) {
    int known = indexOf(batch.dispatcher());
    if (known < 0) {
      refuse(batch);
      return this;
    }
    Link link = links.get(known);
    metrics.lost.add(link.received(batch.sequence(), batch.requests().size()));
    long nowNs = clockNs.getAsLong();
    for (FilterRequest request : batch.requests()) {
      if (link.open()) {
        metrics.requested.increment();
        ask(new Asked(link, request, nowNs));
      } else {
        metrics.refused.increment();
      }
    }
    flushLater();
    return this;
  }

  /**
   * Tells an unknown dispatcher to attach again. It had attached, but when the cluster removes a
   * node, Pekko reports all watched actors at its address as terminated, which may include those of
   * a node that was started there since.
   */
  private void refuse(FilterRequests batch) {
    metrics.refused.add(batch.requests().size());
    if (!leaving) {
      batch.dispatcher().tell(new Grant(asyncId, getContext().getSelf(), 0));
    }
  }

  private void ask(Asked asked) {
    Verdict verdict = null;
    Throwable failure = null;
    try {
      CompletionStage<Verdict> stage = filter.decide(asked.request());
      if (stage instanceof CompletableFuture<Verdict> future && future.isDone()) {
        verdict = future.join();
      } else if (stage != null) {
        underWay.add(asked);
        ActorRef<ToInstance> self = getContext().getSelf();
        stage.whenComplete((late, why) -> self.tell(new Decided(asked, late, why)));
        return;
      }
    } catch (Throwable e) {
      // This includes OutOfMemoryError: mostly one array was too large, and the memory is free
      // again.
      failure = e;
      underWay.remove(asked);
    }
    decided(asked, verdict, failure);
  }

  private Behavior<ToInstance> onDecided(Decided result) {
    if (underWay.remove(result.asked())) {
      decided(result.asked(), result.verdict(), result.failure());
      flushLater();
    }
    return next();
  }

  private void decided(Asked asked, @Nullable Verdict verdict, @Nullable Throwable failure) {
    asked.link().done();
    long nowNs = clockNs.getAsLong();
    boolean over = asked.isOver(nowNs);
    if (verdict == null || failure != null) {
      metrics.failed.increment();
      failures.failed(asked.request(), failure, nowNs);
    } else if (over) {
      late(asked, nowNs);
    } else if (verdict.isUndecided()) {
      metrics.undecided.increment();
    } else {
      metrics.decided.increment();
      resume(asked, new Resume(asked.key(), verdict), nowNs);
      return;
    }
    if (!over) {
      send(new Resume(asked.key(), Verdict.undecided()), asked.link(), 0);
    }
  }

  private void late(Asked asked, long nowNs) {
    metrics.late.increment();
    failures.late(asked.request(), nowNs);
  }

  private void resume(Asked asked, Resume resume, long nowNs) {
    // Otherwise nodes that never reply could fill the table. Verdicts above the limit are sent only
    // once.
    if (unacknowledged.size() < (long) credits * Math.max(1, links.size())) {
      unacknowledged.add(resume, asked, nowNs);
    } else {
      metrics.unacknowledged.increment();
    }
    send(resume, asked.link(), 0);
  }

  /** Ends requests whose deadline has passed, so that their credits return. */
  private Behavior<ToInstance> onSweep() {
    sweeping = false;
    long nowNs = clockNs.getAsLong();
    for (Asked asked : underWay.takeOver(nowNs)) {
      asked.link().done();
      late(asked, nowNs);
    }
    flushLater();
    return next();
  }

  /** Sends to the dispatcher that asked, or to the one this many places after it. */
  private void send(Resume resume, Link asker, int places) {
    if (links.isEmpty()) {
      return;
    }
    Link link = asker;
    if (places > 0 || !asker.isAttached()) {
      link = links.get((Math.max(0, indexOf(asker.dispatcher())) + places) % links.size());
    }
    if (!link.hasRoom(resume)) {
      link.flush(getContext().getSelf());
    }
    link.add(resume);
    if (link.isFull()) {
      link.flush(getContext().getSelf());
    }
  }

  /** Schedules a flush to the dispatchers after the messages that are already in the mailbox. */
  private void flushLater() {
    boolean soon = false;
    boolean sometime = unacknowledged.size() > 0 || !(links.isEmpty() || invalidations.isEmpty());
    for (Link link : links) {
      soon |= link.isUrgent();
      sometime |= link.isDirty();
    }
    if (soon && !flushSent) {
      flushSent = true;
      getContext().getSelf().tell(Signal.FLUSH);
    }
    if (sometime && !ticking) {
      ticking = true;
      timers.startSingleTimer(Signal.TICK, TICK);
    }
    if (!underWay.isEmpty() && !sweeping) {
      sweeping = true;
      timers.startSingleTimer(Signal.SWEEP, SWEEP);
    }
  }

  private Behavior<ToInstance> onFlush() {
    flushSent = false;
    for (Link link : links) {
      if (link.isUrgent()) {
        link.flush(getContext().getSelf());
      }
    }
    return this;
  }

  private Behavior<ToInstance> onTick() {
    ticking = false;
    long nowNs = clockNs.getAsLong();
    for (Unacknowledged.Entry entry :
        unacknowledged.due(nowNs, expired -> metrics.unacknowledged.increment())) {
      metrics.repeated.increment();
      send(entry.resume(), entry.asked().link(), entry.sent());
    }
    flush();
    sendInvalidations(nowNs);
    flushLater();
    return next();
  }

  private Behavior<ToInstance> onInvalidate() {
    sendInvalidations(clockNs.getAsLong());
    flushLater();
    return this;
  }

  private void sendInvalidations(long nowNs) {
    if (links.isEmpty() || invalidations.isEmpty()) {
      return;
    }
    ActorRef<ToInstance> self = getContext().getSelf();
    for (Invalidations.Entry entry : invalidations.due(nowNs - REPEAT.toNanos(), nowNs)) {
      Invalidate message = new Invalidate(asyncId, self, entry.id, entry.name, entry.subtree);
      links.forEach(link -> link.dispatcher().tell(message));
    }
  }

  private Behavior<ToInstance> onInvalidated(Invalidated invalidated) {
    invalidations.confirm(invalidated.id());
    return next();
  }

  private Behavior<ToInstance> onResumeResults(ResumeResults results) {
    for (ResumeResult result : results.results()) {
      Unacknowledged.Entry entry = unacknowledged.acknowledge(result.key());
      if (entry != null) {
        counter(result.status()).increment();
        if (result.status() == ResumeResult.Status.REJECTED) {
          rejected(entry, result.rejection());
        }
      }
    }
    return next();
  }

  private void rejected(Unacknowledged.Entry entry, @Nullable Rejection why) {
    FilterRequest request = entry.asked().request();
    failures.rejected(request, entry.resume().verdict(), why, clockNs.getAsLong());
    try {
      filter.rejected(request, entry.resume().verdict(), why);
    } catch (Throwable e) {
      failures.threw("rejected", e, clockNs.getAsLong());
    }
  }

  private LongAdder counter(ResumeResult.Status status) {
    return switch (status) {
      case RESUMED -> metrics.resumed;
      case ENDED -> metrics.ended;
      case UNKNOWN -> metrics.unknown;
      case REJECTED -> metrics.rejected;
    };
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
    return leaving && underWay.isEmpty() && unacknowledged.size() == 0 && invalidations.isEmpty()
        ? Behaviors.stopped()
        : this;
  }

  private Behavior<ToInstance> onStopped() {
    flush();
    return this;
  }

  private void flush() {
    links.forEach(link -> link.flush(getContext().getSelf()));
  }

  private int indexOf(ActorRef<ToDispatcher> dispatcher) {
    for (int i = 0; i < links.size(); i++) {
      if (links.get(i).dispatcher().equals(dispatcher)) {
        return i;
      }
    }
    return -1;
  }
}
