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
 * One member of a filter service: asks a {@link Filter} about each request and tells the nodes what
 * it decided.
 *
 * <h2>Credits</h2>
 *
 * A dispatcher that attaches is granted credits. Each request uses one up, from when it is sent
 * until its stage is complete or its query's time is up; then it goes back with the next {@code
 * Resumes}. Requests that are lost on the way are told by a gap in the dispatcher's sequence, and
 * give their credits back too. So there are never more requests that still wait for the filter than
 * were granted; a stage that is never completed costs a credit for as long as its query waits.
 *
 * <h2>Batches</h2>
 *
 * Verdicts are collected while messages wait in the mailbox: the first one makes the instance send
 * itself a {@code Flush}, which comes after all that is there. Credits with no verdict beside them
 * wait for the timer, unless they are many.
 *
 * <h2>Repeating</h2>
 *
 * A verdict is kept until a node says what became of it. About every 100 ms without that it is sent
 * again, each time to another of the dispatchers that are attached, since any of them finds the
 * query; of very many only some, so that a node which was away is not buried when it is back. After
 * the request's deadline, counted from when the request came in, nothing is sent any more. That
 * there is no verdict is told once: if that is lost, the query waits for its time to be up.
 *
 * <h2>Failing</h2>
 *
 * Whatever {@link Filter#decide} throws, errors of the JVM included, costs the verdict about that
 * one request. An instance that fails otherwise, or whose filter fails to start, is started again
 * after a pause that grows to 15 s; until then the nodes do not know it.
 */
public final class FilterInstance extends AbstractBehavior<ToInstance> {
  /** What a dispatcher is granted if nothing else is said. */
  public static final int DEFAULT_CREDITS = 10_000;

  static final Duration REPEAT = Duration.ofMillis(100);
  static final Duration TICK = Duration.ofMillis(25);

  /** How much later than at its deadline a request is ended whose stage is not complete. */
  static final Duration SWEEP = Duration.ofMillis(250);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private static final Logger LOG = LoggerFactory.getLogger(FilterInstance.class);

  /** How long requests may still be decided about when the instance is to leave. */
  static final Duration LEAVE = Duration.ofSeconds(2);

  /** Nodes of one cluster; one more than that is refused. */
  static final int MAX_DISPATCHERS = 256;

  /** What an instance sends to itself. */
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

  /** An instance with the usual credits. */
  public static Behavior<ToInstance> create(int asyncId, Filter filter) {
    return create(asyncId, filter, DEFAULT_CREDITS, new FilterMetrics());
  }

  /** An instance that counts into those metrics. */
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
   * Tells an instance to take no more requests, and to stop when it has decided about those that it
   * has, or soon.
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
   * Whoever sends requests has attached, but may have been forgotten since: when the cluster
   * removes a node, all who are watched at its address count as gone, and so does the node that was
   * started there in its place, if the news comes late. It is told, so that it attaches again.
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
      // Also an OutOfMemoryError: most often it was one array that was too large, and is gone.
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
    // Nodes that never answer could fill the table otherwise; what is beyond is sent once only.
    if (unacknowledged.size() < (long) credits * Math.max(1, links.size())) {
      unacknowledged.add(resume, asked, nowNs);
    } else {
      metrics.unacknowledged.increment();
    }
    send(resume, asked.link(), 0);
  }

  /** Lets go of requests that are over, so that their credits go back. */
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

  /** Sends to the asker, or to the one that many places after it. */
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

  /** Tells the dispatchers what there is once the messages that wait already are handled. */
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

  /** Has the nodes give what is under way here to others, until this instance is there again. */
  private Behavior<ToInstance> onFailed() {
    deregister();
    return this;
  }

  /** An instance that leaves has nothing to stay for when all it was asked is decided and known. */
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
