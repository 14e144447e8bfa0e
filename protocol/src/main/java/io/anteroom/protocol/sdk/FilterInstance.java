// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.jspecify.annotations.Nullable;

/**
 * One member of a filter service: asks a {@link Filter} about each request and tells the nodes what
 * it decided.
 *
 * <h2>Credits</h2>
 *
 * A dispatcher that attaches is granted credits. Each request uses one up, from when it is sent
 * until its stage is complete; then it goes back with the next {@code Resumes}. Requests that are
 * lost on the way are told by a gap in the dispatcher's sequence, and give their credits back too.
 * So there are never more stages under way than were granted, however slow the filter is.
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
 * the request's deadline, counted from when the request came in, nothing is sent any more.
 */
public final class FilterInstance extends AbstractBehavior<ToInstance> {
  /** What a dispatcher is granted if nothing else is said. */
  public static final int DEFAULT_CREDITS = 10_000;

  static final Duration REPEAT = Duration.ofMillis(100);
  static final Duration TICK = Duration.ofMillis(25);

  /** How long requests may still be decided about when the instance is to leave. */
  static final Duration LEAVE = Duration.ofSeconds(2);

  /** Nodes of one cluster; one more than that is refused. */
  static final int MAX_DISPATCHERS = 256;

  /** What an instance sends to itself. */
  private sealed interface Own extends ToInstance, NoSerializationVerificationNeeded {}

  private record Decided(Pending pending, @Nullable Verdict verdict, @Nullable Throwable failure)
      implements Own {}

  private record Detach(ActorRef<ToDispatcher> dispatcher) implements Own {}

  private enum Signal implements Own {
    FLUSH,
    TICK,
    INVALIDATE,
    LEAVE,
    LEAVE_NOW
  }

  /** A request whose stage is not complete. */
  private record Pending(Link link, SuspensionKey key, long deadlineNs) {}

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
  private int pending;
  private boolean flushSent;
  private boolean ticking;
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
    failures = new FailureLog(context.getLog(), asyncId);
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
    return Behaviors.setup(
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
        .onMessageEquals(Signal.INVALIDATE, this::onInvalidate)
        .onMessage(Invalidated.class, this::onInvalidated)
        .onMessage(Attach.class, this::onAttach)
        .onMessage(Detach.class, this::onDetach)
        .onMessageEquals(Signal.LEAVE, this::onLeave)
        .onMessageEquals(Signal.LEAVE_NOW, Behaviors::stopped)
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
    dispatcher.tell(new Grant(asyncId, getContext().getSelf(), credits));
    return onInvalidate();
  }

  private Behavior<ToInstance> onDetach(Detach detach) {
    int known = indexOf(detach.dispatcher());
    if (known >= 0) {
      links.remove(known).detach();
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
        pending++;
        ask(request, new Pending(link, request.key(), deadlineNs(request, nowNs)));
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

  private static long deadlineNs(FilterRequest request, long nowNs) {
    // An hour is more than any query waits, and keeps garbage from overflowing.
    long micros = Math.min(request.remainingMicros(), TimeUnit.HOURS.toMicros(1));
    return nowNs + TimeUnit.MICROSECONDS.toNanos(micros);
  }

  private void ask(FilterRequest request, Pending asked) {
    Verdict verdict = null;
    Throwable failure = null;
    try {
      CompletionStage<Verdict> stage = filter.decide(request);
      if (stage instanceof CompletableFuture<Verdict> future && future.isDone()) {
        verdict = future.join();
      } else if (stage != null) {
        ActorRef<ToInstance> self = getContext().getSelf();
        stage.whenComplete((late, why) -> self.tell(new Decided(asked, late, why)));
        return;
      }
    } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
      failure = e;
    }
    decided(asked, verdict, failure);
  }

  private Behavior<ToInstance> onDecided(Decided result) {
    decided(result.pending(), result.verdict(), result.failure());
    flushLater();
    return next();
  }

  private void decided(Pending asked, @Nullable Verdict verdict, @Nullable Throwable failure) {
    pending--;
    asked.link().done();
    long nowNs = clockNs.getAsLong();
    if (verdict == null || failure != null) {
      metrics.failed.increment();
      failures.log(failure, nowNs);
    } else if (nowNs - asked.deadlineNs() >= 0) {
      metrics.late.increment();
    } else {
      metrics.decided.increment();
      resume(asked, new Resume(asked.key(), verdict), nowNs);
    }
  }

  private void resume(Pending asked, Resume resume, long nowNs) {
    // Nodes that never answer could fill the table otherwise; what is beyond is sent once only.
    if (unacknowledged.size() < (long) credits * Math.max(1, links.size())) {
      unacknowledged.add(resume, asked.link(), asked.deadlineNs(), nowNs);
    } else {
      metrics.unacknowledged.increment();
    }
    send(resume, asked.link(), 0);
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
      send(entry.resume(), entry.asker(), entry.sent());
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
      if (unacknowledged.acknowledge(result.key())) {
        counter(result.status()).increment();
      }
    }
    return next();
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
    getContext()
        .getSystem()
        .receptionist()
        .tell(Receptionist.deregister(FilterKeys.instances(asyncId), getContext().getSelf()));
    timers.startSingleTimer(Signal.LEAVE_NOW, LEAVE);
    return next();
  }

  /** An instance that leaves has nothing to stay for when all it was asked is decided and known. */
  private Behavior<ToInstance> next() {
    return leaving && pending == 0 && unacknowledged.size() == 0 && invalidations.isEmpty()
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
