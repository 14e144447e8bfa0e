// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.sdk.Question;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connector for a filter that is asked over HTTP: an instance of one service, on this node only. It
 * runs on its filter router's thread; the HTTP client has its own threads ({@link HttpLink}).
 *
 * <p><b>Out</b> goes the DNS message, query or response, as the body of a POST, everything else in
 * headers. <b>In</b> comes the verdict as JSON or as a DNS message, or an empty response that lets
 * the query pass ({@link HttpOutcome}). A response belongs to one request, so the filter can decide
 * only queries that it was asked about, once each.
 *
 * <p><b>Credits.</b> Their number is the limit of concurrent requests, which over HTTP/1.1 also
 * limits the connections. If an HTTP/2 server allows fewer streams, the other requests wait here. A
 * request ends with its response, or is abandoned at its query's deadline.
 *
 * <p><b>Failures.</b> If the response is invalid or incomplete, no verdict will follow, so {@code
 * on-timeout} applies at once. If a connection closes before the response, it may have been idle
 * for too long; the request is sent once more. If no connection can be opened, this connector is no
 * instance until a probe shows that the server is back.
 */
final class HttpConnector extends AbstractBehavior<ToInstance> {
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnector.class);
  private static final Duration TICK = Duration.ofMillis(25);

  /** Each failure is counted; each kind is logged at most once per minute. */
  private static final long LOG_EVERY_NANOS = Duration.ofMinutes(1).toNanos();

  private final TimerScheduler<ToInstance> timers;
  private final FilterService service;
  private final ConnectorSettings.Http settings;
  private final HttpLink link;
  private final ActorRef<ToRouter> router;
  private final LongSupplier nanoTime;
  private final ActorRef<ToInstance> self;
  private final ConnectionState connectionState;
  private final Set<Call> calls = new HashSet<>();

  /** Calls that wait because the server allows no more at once. */
  private final ArrayDeque<Call> waiting = new ArrayDeque<>();

  /** The earliest time at which this kind of failure is logged again. */
  private final Map<SuspensionCounter, Long> nextLogNanos = new EnumMap<>(SuspensionCounter.class);

  private boolean up;
  private boolean ticking;

  /** Messages of the connector to itself. */
  private sealed interface Own extends ToInstance, NoSerializationVerificationNeeded {}

  private record Done(Call call, HttpOutcome outcome) implements Own {}

  /** Result of a probe; an empty reason means success. */
  private record Probed(String whyNot) implements Own {}

  private enum Signal implements Own {
    PROBE,
    TICK
  }

  /** A request in progress. */
  private static final class Call {
    final FilterRequest request;
    final long deadlineNanos;
    boolean sentAgain;
    Runnable giveUp = () -> {};

    Call(FilterRequest request, long nowNanos) {
      this.request = request;
      this.deadlineNanos = nowNanos + TimeUnit.MICROSECONDS.toNanos(request.remainingMicros());
    }

    SuspensionKey key() {
      return request.key();
    }

    FilterRequest request(long nowNanos) {
      return new FilterRequest(
          request.key(),
          request.stage(),
          request.client(),
          request.transport(),
          request.tags(),
          request.message(),
          Math.max(0, TimeUnit.NANOSECONDS.toMicros(deadlineNanos - nowNanos)),
          null,
          request.identity());
    }
  }

  private HttpConnector(
      ActorContext<ToInstance> context,
      TimerScheduler<ToInstance> timers,
      FilterService service,
      ConnectorSettings.Http settings,
      HttpLink link,
      ActorRef<ToRouter> router,
      LongSupplier nanoTime) {
    super(context);
    this.timers = timers;
    this.service = service;
    this.settings = settings;
    this.link = link;
    this.router = router;
    this.nanoTime = nanoTime;
    this.self = context.getSelf();
    this.connectionState =
        new ConnectionState(timers, service.settings().name(), settings.url().toString());
    probe();
  }

  /**
   * Creates a connector.
   *
   * @param link the connector's own link
   * @param router the filter router of its service on this node
   */
  static Behavior<ToInstance> create(
      FilterService service,
      ConnectorSettings.Http settings,
      HttpLink link,
      ActorRef<ToRouter> router,
      LongSupplier nanoTime) {
    Behavior<ToInstance> connector =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new HttpConnector(
                            context, timers, service, settings, link, router, nanoTime)));
    return Behaviors.supervise(connector).onFailure(SupervisorStrategy.resume());
  }

  @Override
  public Receive<ToInstance> createReceive() {
    return newReceiveBuilder()
        .onMessage(FilterRequests.class, this::onFilterRequests)
        .onMessage(Done.class, this::onDone)
        .onMessage(ResumeResults.class, results -> this)
        .onMessageEquals(Signal.TICK, this::onTick)
        .onMessageEquals(Signal.PROBE, this::onProbe)
        .onMessage(Probed.class, this::onProbed)
        .onSignal(PostStop.class, stopped -> onStopped())
        .build();
  }

  private Behavior<ToInstance> onFilterRequests(FilterRequests batch) {
    long now = nanoTime.getAsLong();
    batch.requests().forEach(request -> ask(new Call(request, now), now));
    tickLater();
    return this;
  }

  private void ask(Call call, long now) {
    calls.add(call);
    call.giveUp = link.ask(call.request(now), outcome -> self.tell(new Done(call, outcome)));
  }

  private Behavior<ToInstance> onDone(Done done) {
    Call call = done.call();
    if (!calls.remove(call)) {
      // Abandoned at its deadline.
      return this;
    }
    if (done.outcome() instanceof HttpOutcome.Full) {
      service.counters().increment(SuspensionCounter.HTTP_FULL);
      calls.add(call);
      waiting.add(call);
      return this;
    }
    if (done.outcome() instanceof HttpOutcome.Decided decided) {
      connectionState.answered();
      router.tell(new Resumes(self, 1, List.of(new Resume(call.key(), decided.verdict()))));
    } else if (done.outcome() instanceof HttpOutcome.Unreachable unreachable) {
      onUnreachable(call, unreachable);
    } else {
      onFailed(call, (HttpOutcome.Failed) done.outcome());
    }
    sendWaiting();
    return this;
  }

  /** Sends a waiting call, because the server may have room again. */
  private void sendWaiting() {
    while (!waiting.isEmpty()) {
      Call call = waiting.poll();
      if (calls.contains(call)) {
        ask(call, nanoTime.getAsLong());
        return;
      }
    }
  }

  private void onUnreachable(Call call, HttpOutcome.Unreachable unreachable) {
    service.counters().increment(SuspensionCounter.HTTP_UNREACHABLE);
    if (up) {
      up = false;
      connectionState.report(false, unreachable.detail());
      tellRouter(false);
      connectionState.lookLater(Signal.PROBE);
    }
    router.tell(new FilterRouter.Failed(self, 1, call.key(), Undecided.NO_FILTER));
  }

  private void onFailed(Call call, HttpOutcome.Failed failed) {
    service.counters().increment(failed.reason());
    long now = nanoTime.getAsLong();
    log(call, failed, now);
    if (failed.reason() == SuspensionCounter.HTTP_CLOSED
        && !call.sentAgain
        && call.deadlineNanos - now > 0) {
      call.sentAgain = true;
      service.counters().increment(SuspensionCounter.REQUESTS_RESENT);
      ask(call, now);
    } else {
      router.tell(new FilterRouter.Failed(self, 1, call.key(), Undecided.TIMEOUT));
    }
  }

  private void log(Call call, HttpOutcome.Failed failed, long now) {
    Long next = nextLogNanos.get(failed.reason());
    if (next == null || now - next >= 0) {
      nextLogNanos.put(failed.reason(), now + LOG_EVERY_NANOS);
      LOG.warn(
          "filter {}: {} does not decide about {}: {}",
          service.settings().name(),
          settings.url(),
          Question.of(call.request).name(),
          failed.detail());
    }
  }

  private Behavior<ToInstance> onTick() {
    ticking = false;
    long now = nanoTime.getAsLong();
    int due = 0;
    for (Iterator<Call> each = calls.iterator(); each.hasNext(); ) {
      Call call = each.next();
      if (call.deadlineNanos - now <= 0) {
        each.remove();
        call.giveUp.run();
        due++;
      }
    }
    if (due > 0) {
      service.counters().add(SuspensionCounter.HTTP_TIMEOUTS, due);
      router.tell(new Resumes(self, due, List.of()));
    }
    // On each tick too: after a lost connection no response triggers it.
    sendWaiting();
    tickLater();
    return this;
  }

  private void tickLater() {
    if (!ticking && !calls.isEmpty()) {
      ticking = true;
      timers.startSingleTimer(Signal.TICK, TICK);
    }
  }

  private Behavior<ToInstance> onProbe() {
    probe();
    return this;
  }

  private void probe() {
    link.probe(whyNot -> self.tell(new Probed(whyNot)));
  }

  private Behavior<ToInstance> onProbed(Probed probed) {
    if (probed.whyNot().isEmpty()) {
      up = true;
      connectionState.answered();
      tellRouter(true);
    } else {
      connectionState.report(false, probed.whyNot());
      connectionState.lookLater(Signal.PROBE);
    }
    return this;
  }

  private void tellRouter(boolean isUp) {
    int capacity = settings.maxRequests();
    router.tell(new FilterRouter.Connection(self, isUp, capacity, capacity));
  }

  private Behavior<ToInstance> onStopped() {
    calls.forEach(call -> call.giveUp.run());
    return this;
  }
}
