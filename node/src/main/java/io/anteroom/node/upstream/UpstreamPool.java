// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.wire.WireAnswer;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Asks the servers of one upstream pool on one event loop, and answers every {@link
 * UpstreamCommand.Forward} with exactly one {@link Answered} or {@link Unanswered}, at the query's
 * deadline or the pool's at the latest.
 *
 * <p>Servers are asked in their order, those that failed of late last, one at a time, in as many
 * rounds as the pool has tries. The wait for each doubles with every round and is cut by up to half
 * at random from the second on, so that queries that failed together do not come back together.
 * When every server has refused, the last refusal is the answer. A server that failed gets a copy
 * of a client's query now and then, and is back as soon as it answers one.
 *
 * <h2>Threads</h2>
 *
 * All state, down to the sockets' tables, is this actor's. It is meant to run on a dispatcher that
 * is the event loop of its sockets: then no message between the two crosses a thread. Nothing
 * breaks if it does not. Netty's handlers send messages, a burst of packets as one; what is written
 * while a burst is worked on leaves in one flush, which is a message to itself and so comes behind
 * all queries that are waiting already.
 *
 * <h2>Bounds</h2>
 *
 * A query is in flight at one server at a time, and each server has at most {@code maxOutstanding};
 * so the pool has no table of its own. When all are full the answer is {@link
 * Unanswered.Reason#OVERLOAD} at once. Bursts that wait in the mailbox are bounded per channel.
 */
public final class UpstreamPool extends AbstractBehavior<UpstreamCommand> {
  private final PoolSettings settings;
  private final EventLoop loop;
  private final Counters<Counter> counters;
  private final LatencyHistogram latency;
  private final LongSupplier clock;
  private final RandomBits random;
  private final ActorRef<UpstreamCommand> self;
  private final DeadlineWheel wheel = new DeadlineWheel();
  private final Forwarder[] servers;
  private final long deadlineNanos;
  private final long timeoutNanos;
  private final List<Wire> unflushed = new ArrayList<>();
  private Forwarder[] order;
  private boolean anyFailed;
  private boolean ticking;

  /** A channel is open. */
  record Opened(Wire wire) implements UpstreamCommand {}

  /** A channel could not be opened, has failed or was closed. */
  record Broken(Wire wire, String cause) implements UpstreamCommand {}

  /** Nothing has moved on a channel for some time. */
  record Idle(Wire wire) implements UpstreamCommand {}

  /**
   * A burst of messages came in.
   *
   * @param waiting counts the bursts of this channel that have not been taken yet
   */
  record Received(Wire wire, List<byte[]> messages, AtomicInteger waiting)
      implements UpstreamCommand {}

  private enum Signal implements UpstreamCommand {
    TICK,
    FLUSH
  }

  /**
   * A pool for one event loop.
   *
   * @param loop where its sockets live; the actor itself should run there too
   * @param latency of the answers, from when the query was sent here
   * @param clock nanoseconds, the clock of the deadlines in {@link UpstreamCommand.Forward}
   * @param random unpredictable, as a {@code SecureRandom} is; ids and the choice of sockets come
   *     from it
   */
  public static Behavior<UpstreamCommand> create(
      PoolSettings settings,
      EventLoop loop,
      Counters<Counter> counters,
      LatencyHistogram latency,
      LongSupplier clock,
      RandomGenerator random) {
    Behavior<UpstreamCommand> pool =
        Behaviors.setup(
            context -> new UpstreamPool(context, settings, loop, counters, latency, clock, random));
    // Whatever a server sends, the queries of all others stay in flight; Pekko logs the bug.
    return Behaviors.supervise(pool).onFailure(SupervisorStrategy.resume());
  }

  private UpstreamPool(
      ActorContext<UpstreamCommand> context,
      PoolSettings settings,
      EventLoop loop,
      Counters<Counter> counters,
      LatencyHistogram latency,
      LongSupplier clock,
      RandomGenerator random) {
    super(context);
    this.settings = settings;
    this.loop = loop;
    this.counters = counters;
    this.latency = latency;
    this.clock = clock;
    this.random = new RandomBits(random);
    this.self = context.getSelf();
    this.deadlineNanos = settings.deadline().toNanos();
    this.timeoutNanos = settings.timeout().toNanos();
    Channels channels = new Channels(loop, self, counters, settings.timeout());
    Outcomes outcomes = new Outcomes();
    this.servers =
        settings.servers().stream()
            .map(
                server ->
                    new Forwarder(
                        server, settings, outcomes, channels, wheel, this.random, counters))
            .toArray(Forwarder[]::new);
    this.order = servers;
  }

  @Override
  public Receive<UpstreamCommand> createReceive() {
    return newReceiveBuilder()
        .onMessage(UpstreamCommand.Forward.class, this::onForward)
        .onMessage(Received.class, this::onReceived)
        .onMessageEquals(Signal.FLUSH, this::onFlush)
        .onMessageEquals(Signal.TICK, this::onTick)
        .onMessage(Opened.class, this::onOpened)
        .onMessage(Broken.class, this::onBroken)
        .onMessage(Idle.class, this::onIdle)
        .onSignal(PostStop.class, stop -> onPostStop())
        .build();
  }

  private Behavior<UpstreamCommand> onForward(UpstreamCommand.Forward forward) {
    long now = clock.getAsLong();
    long left = Math.min(forward.deadlineNanos() - now, deadlineNanos);
    Query query = forward.query();
    ask(new Lookup(query, forward.replyTo(), now + left, order, settings.tries()), now);
    if (anyFailed) {
      probe(query, now);
    }
    keepTicking(now);
    return this;
  }

  private Behavior<UpstreamCommand> onReceived(Received received) {
    received.waiting().decrementAndGet();
    long now = clock.getAsLong();
    received.wire().forwarder().received(received.wire(), received.messages(), now);
    keepTicking(now);
    return this;
  }

  private Behavior<UpstreamCommand> onFlush() {
    unflushed.forEach(Wire::flush);
    unflushed.clear();
    return this;
  }

  private Behavior<UpstreamCommand> onTick() {
    ticking = false;
    long now = clock.getAsLong();
    for (DeadlineWheel.Entry due = wheel.poll(now); due != null; due = wheel.poll(now)) {
      Exchange exchange = (Exchange) due;
      exchange.forwarder().expired(exchange, now);
    }
    keepTicking(now);
    return this;
  }

  private Behavior<UpstreamCommand> onOpened(Opened opened) {
    opened.wire().forwarder().opened(opened.wire());
    return this;
  }

  private Behavior<UpstreamCommand> onBroken(Broken broken) {
    if (!broken.wire().isClosed()) {
      getContext().getLog().debug("Lost a channel of pool {}: {}", settings.name(), broken.cause());
      long now = clock.getAsLong();
      broken.wire().forwarder().broken(broken.wire(), now);
      keepTicking(now);
    }
    return this;
  }

  private Behavior<UpstreamCommand> onIdle(Idle idle) {
    idle.wire().forwarder().idle(idle.wire());
    return this;
  }

  private Behavior<UpstreamCommand> onPostStop() {
    for (Forwarder server : servers) {
      for (Exchange exchange : server.close()) {
        exchange.lookup().failed(Unanswered.Reason.NETWORK);
        finish(exchange.lookup());
      }
    }
    return this;
  }

  /** Asks the next server that has room, or ends the lookup. */
  private void ask(Lookup lookup, long now) {
    if (lookup.deadlineNanos() - now <= 0) {
      lookup.failed(Unanswered.Reason.TIMEOUT);
      finish(lookup);
      return;
    }
    for (Forwarder server = lookup.next(); server != null; server = lookup.next()) {
      if (server.ask(lookup, timeout(lookup.round()), now)) {
        return;
      }
    }
    finish(lookup);
  }

  private long timeout(int round) {
    long doubled = Math.min(timeoutNanos << Math.min(round, 10), deadlineNanos);
    return round == 0 ? doubled : doubled - (doubled >> 17) * random.next16();
  }

  private void finish(Lookup lookup) {
    ActorRef<OriginCommand> replyTo = lookup.replyTo();
    if (replyTo == null) {
      return;
    }
    WireAnswer refusal = lookup.refusalOfAll();
    if (refusal != null) {
      answer(lookup, replyTo, refusal);
      return;
    }
    Unanswered.Reason reason = lookup.reason();
    counters.increment(
        reason == Unanswered.Reason.OVERLOAD
            ? Counter.UPSTREAM_OVERLOAD
            : Counter.UPSTREAM_UNANSWERED);
    replyTo.tell(new Unanswered(lookup.query(), reason));
  }

  private void answer(Lookup lookup, ActorRef<OriginCommand> replyTo, WireAnswer answer) {
    latency.record(clock.getAsLong() - (lookup.deadlineNanos() - deadlineNanos));
    replyTo.tell(new Answered(lookup.query(), answer));
  }

  /** Sends a copy of a query to servers that have failed, so that no client waits for them. */
  private void probe(Query query, long now) {
    for (Forwarder server : servers) {
      if (server != order[0] && server.takeProbe(now)) {
        counters.increment(Counter.UPSTREAM_PROBES);
        ask(new Lookup(query, null, now + deadlineNanos, new Forwarder[] {server}, 1), now);
      }
    }
  }

  private void keepTicking(long now) {
    if (!ticking && !wheel.isEmpty()) {
      ticking = true;
      long delay = DeadlineWheel.untilNextTick(now);
      var unused = loop.schedule(() -> self.tell(Signal.TICK), delay, TimeUnit.NANOSECONDS);
    }
  }

  private void sortServers() {
    Forwarder[] sorted = servers.clone();
    Arrays.sort(sorted, Comparator.comparingInt(Forwarder::failures));
    order = sorted;
    anyFailed = sorted.length > 0 && sorted[sorted.length - 1].failures() > 0;
  }

  /** What the forwarders tell. */
  private final class Outcomes implements Forwarder.Owner {
    @Override
    public void answered(Exchange exchange, WireAnswer answer) {
      Lookup lookup = exchange.lookup();
      ActorRef<OriginCommand> replyTo = lookup.replyTo();
      if (replyTo != null) {
        answer(lookup, replyTo, answer);
      }
    }

    @Override
    public void refused(Exchange exchange, WireAnswer answer) {
      exchange.lookup().refused(answer);
      ask(exchange.lookup(), clock.getAsLong());
    }

    @Override
    public void failed(Exchange exchange, Unanswered.Reason reason) {
      exchange.lookup().failed(reason);
      ask(exchange.lookup(), clock.getAsLong());
    }

    @Override
    public void healthChanged() {
      sortServers();
    }

    @Override
    public void flushLater(Wire wire) {
      if (unflushed.isEmpty()) {
        self.tell(Signal.FLUSH);
      }
      unflushed.add(wire);
    }
  }
}
