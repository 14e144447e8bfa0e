// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the servers of one upstream pool on one event loop, and ends every {@link Waiter} exactly
 * once, at his deadline or the pool's at the latest.
 *
 * <p>Equal questions in flight share one {@link Lookup}. A lookup asks one server at a time, those
 * that failed of late last, in as many rounds as the pool has tries. The {@linkplain ResponseTimes
 * wait} for each doubles with every round. When every server has refused, the last refusal is the
 * answer. A server that failed gets a copy of a query now and then, and is back as soon as it
 * answers one.
 *
 * <h2>Threads</h2>
 *
 * Confined to one thread at a time: that of an {@link UpstreamPool} actor, or of an {@link
 * EventLoopPool}. It is best run on the event loop of its sockets: then nothing that it is told
 * crosses a thread. What is written while a burst of packets is worked on leaves in one flush,
 * which is an event of its own and so comes behind all that is waiting already.
 *
 * <h2>Bounds</h2>
 *
 * Each server has at most {@code maxOutstanding} queries in flight, and no more may wait in the
 * whole pool than all servers have room for. Beyond that the answer is {@link
 * Unanswered.Reason#OVERLOAD} at once. Bursts that wait to be taken are bounded per channel.
 */
final class ServerPool {
  private static final Logger LOG = LoggerFactory.getLogger(ServerPool.class);

  private final EventLoop loop;
  private final Counters<Counter> counters;
  private final LongSupplier clock;
  private final RandomBits random;
  private final Inbox self;
  private final DeadlineWheel wheel = new DeadlineWheel();
  private final Map<LookupKey, Lookup> lookups = new HashMap<>();
  private final List<Wire> unflushed = new ArrayList<>();
  private final Outcomes outcomes = new Outcomes();
  private final Channels channels;
  private final PoolSettings settings;
  private final long deadlineNanos;
  private Map<ServerSettings, Forwarder> forwarders = Map.of();
  private ServerSet servers = new ServerSet(List.of(), (candidates, none, query) -> 0);
  private int waiting;
  private boolean ticking;

  /** Takes events to {@link #receive}, on the pool's thread, behind what waits there already. */
  interface Inbox {
    void tell(PoolEvent event);
  }

  /**
   * A pool for one event loop.
   *
   * @param loop where its sockets live
   * @param clock nanoseconds, the clock of all deadlines
   * @param random unpredictable, as a {@code SecureRandom} is; ids, the choice of sockets and the
   *     case of letters come from it
   */
  ServerPool(
      PoolSettings settings,
      EventLoop loop,
      Inbox self,
      Counters<Counter> counters,
      LongSupplier clock,
      RandomGenerator random) {
    this(settings, loop, self, counters, clock, random, SocketListener.NONE);
  }

  /** The same, for somebody who hears of its sockets. */
  ServerPool(
      PoolSettings settings,
      EventLoop loop,
      Inbox self,
      Counters<Counter> counters,
      LongSupplier clock,
      RandomGenerator random,
      SocketListener listener) {
    this.settings = settings;
    this.loop = loop;
    this.self = self;
    this.counters = counters;
    this.clock = clock;
    this.random = new RandomBits(random);
    this.deadlineNanos = settings.tries().deadline().toNanos();
    this.channels = new Channels(loop, self, counters, settings, listener);
    setServers(settings.servers());
  }

  /**
   * Has lookups from now on ask these servers. Those under way go on with the servers that they
   * began with, whose sockets are closed when the last one has ended.
   */
  void setServers(List<ServerSettings> next) {
    Map<ServerSettings, Forwarder> known = forwarders;
    Map<ServerSettings, Forwarder> kept = new HashMap<>();
    List<Forwarder> inOrder = new ArrayList<>();
    boolean primary = settings.has(ChannelFlag.PRIMARY) && !next.isEmpty();
    for (ServerSettings server : primary ? next.subList(0, 1) : next) {
      Forwarder forwarder = kept.get(server);
      if (forwarder == null) {
        forwarder = known.containsKey(server) ? known.get(server) : forwarder(server);
        kept.put(server, Objects.requireNonNull(forwarder));
        inOrder.add(forwarder);
      }
    }
    known.forEach(
        (server, forwarder) -> {
          if (!kept.containsKey(server)) {
            forwarder.retire();
          }
        });
    forwarders = kept;
    servers =
        new ServerSet(inOrder, (candidates, all, query) -> Long.numberOfTrailingZeros(candidates));
  }

  private Forwarder forwarder(ServerSettings server) {
    return new Forwarder(server, settings, outcomes, channels, wheel, random, counters);
  }

  /** Begins to wait for the answer; the pool's own deadline may come before this one. */
  void ask(Waiter waiter, long until) {
    long now = clock.getAsLong();
    long deadline = now + Math.min(until - now, deadlineNanos);
    if (waiting >= room()) {
      end(waiter, servers.all() == 0 ? Unanswered.Reason.NETWORK : Unanswered.Reason.OVERLOAD);
      return;
    }
    if (deadline - now <= 0) {
      end(waiter, Unanswered.Reason.TIMEOUT);
      return;
    }
    WireQuery query = waiter.query();
    LookupKey key = LookupKey.of(query);
    Lookup lookup = lookups.get(key);
    if (lookup != null) {
      counters.increment(Counter.UPSTREAM_SHARED);
      join(lookup, waiter, deadline, now);
    } else {
      lookup = new Lookup(key, query, servers, settings.tries().tries(), deadline);
      lookups.put(key, lookup);
      join(lookup, waiter, deadline, now);
      askNext(lookup, now);
      probe(query, now);
    }
    keepTicking(now);
  }

  private long room() {
    return (long) Long.bitCount(servers.all()) * settings.sockets().maxOutstanding();
  }

  private void join(Lookup lookup, Waiter waiter, long deadline, long now) {
    waiter.begin(lookup, now);
    lookup.join(waiter, deadline);
    wheel.add(waiter, deadline, now);
    waiting++;
  }

  /** Lets a waiter go, who hears nothing more; nothing happens if he has been told already. */
  void cancel(Waiter waiter) {
    leave(waiter, clock.getAsLong());
  }

  /** Takes an event that the pool's inbox was told. */
  void receive(PoolEvent event) {
    if (event instanceof PoolEvent.Received received) {
      received.waiting().decrementAndGet();
      long now = clock.getAsLong();
      received.wire().forwarder().received(received.wire(), received.messages(), now);
      keepTicking(now);
    } else if (event == PoolEvent.Signal.FLUSH) {
      unflushed.forEach(Wire::flush);
      unflushed.clear();
    } else if (event == PoolEvent.Signal.TICK) {
      tick();
    } else if (event instanceof PoolEvent.Opened opened) {
      opened.wire().forwarder().opened(opened.wire());
    } else if (event instanceof PoolEvent.Broken broken) {
      onBroken(broken);
    }
  }

  /** Closes everything; whoever waits is told so. */
  void close() {
    forwarders.values().forEach(Forwarder::close);
    for (Lookup lookup : List.copyOf(lookups.values())) {
      lookup.failed(Unanswered.Reason.NETWORK);
      finish(lookup, null);
    }
  }

  private void tick() {
    ticking = false;
    long now = clock.getAsLong();
    for (DeadlineWheel.Entry due = wheel.poll(now); due != null; due = wheel.poll(now)) {
      if (due instanceof Exchange exchange) {
        exchange.forwarder().expired(exchange, now);
      } else if (due instanceof Waiter waiter) {
        leave(waiter, now);
        end(waiter, Unanswered.Reason.TIMEOUT);
      } else if (due instanceof Wire wire) {
        wire.forwarder().idle(wire, now);
      }
    }
    keepTicking(now);
  }

  private void onBroken(PoolEvent.Broken broken) {
    if (!broken.wire().isClosed()) {
      LOG.debug("lost a channel of pool {}: {}", settings.name(), broken.cause());
      long now = clock.getAsLong();
      broken.wire().forwarder().broken(broken.wire(), broken.cause(), now);
      keepTicking(now);
    }
  }

  private void leave(Waiter waiter, long now) {
    Lookup lookup = waiter.lookup();
    if (lookup == null) {
      return;
    }
    forget(waiter);
    if (lookup.leave(waiter)) {
      lookups.remove(lookup.key(), lookup);
      abandon(lookup, now);
    }
  }

  private void forget(Waiter waiter) {
    wheel.remove(waiter);
    waiter.end();
    waiting--;
  }

  private static void abandon(Lookup lookup, long now) {
    for (Exchange exchange : List.copyOf(lookup.exchanges())) {
      exchange.forwarder().abandon(exchange, now);
    }
  }

  /** Asks the next server that has room, or ends the lookup. */
  private void askNext(Lookup lookup, long now) {
    if (lookup.deadlineNanos() - now <= 0) {
      lookup.failed(Unanswered.Reason.TIMEOUT);
      finish(lookup, null);
      return;
    }
    for (Forwarder server = lookup.next(); server != null; server = lookup.next()) {
      Exchange exchange = server.ask(lookup, server.timeoutNanos(lookup.round(), now), now);
      if (exchange != null) {
        lookup.exchanges().add(exchange);
        return;
      }
    }
    finish(lookup, lookup.refusalOfAll());
  }

  /** Ends a lookup, and tells all who wait for it. */
  private void finish(Lookup lookup, @Nullable WireAnswer answer) {
    lookups.remove(lookup.key(), lookup);
    for (Waiter waiter : List.copyOf(lookup.waiters())) {
      if (waiter.lookup() != lookup) {
        // One who was told before has cancelled this one.
        continue;
      }
      forget(waiter);
      if (answer == null) {
        end(waiter, lookup.reason());
      } else {
        waiter.answered(answer);
      }
    }
  }

  private void end(Waiter waiter, Unanswered.Reason reason) {
    counters.increment(
        reason == Unanswered.Reason.OVERLOAD
            ? Counter.UPSTREAM_OVERLOAD
            : Counter.UPSTREAM_UNANSWERED);
    waiter.unanswered(reason);
  }

  /** Sends a copy of a query to a server that has failed, so that no client waits for it. */
  private void probe(WireQuery query, long now) {
    for (Forwarder server : forwarders.values()) {
      if (server.failures() > 0 && isDrawn() && server.takeProbe(now)) {
        counters.increment(Counter.UPSTREAM_PROBES);
        ServerSet alone = new ServerSet(List.of(server), (candidates, one, any) -> 0);
        askNext(new Lookup(LookupKey.of(query), query, alone, 1, now + deadlineNanos), now);
      }
    }
  }

  private boolean isDrawn() {
    int chance = settings.health().retryChance();
    return chance > 0 && random.below(chance) == 0;
  }

  private void keepTicking(long now) {
    if (!ticking && !wheel.isEmpty()) {
      ticking = true;
      long delay = DeadlineWheel.untilNextTick(now);
      var unused =
          loop.schedule(() -> self.tell(PoolEvent.Signal.TICK), delay, TimeUnit.NANOSECONDS);
    }
  }

  /** What the forwarders tell. */
  private final class Outcomes implements Forwarder.Owner {
    @Override
    public void answered(Exchange exchange, WireAnswer answer) {
      Lookup lookup = exchange.lookup();
      lookup.answered(exchange);
      finish(lookup, answer);
    }

    @Override
    public void refused(Exchange exchange, WireAnswer answer) {
      exchange.lookup().refused(exchange, answer);
      askNext(exchange.lookup(), clock.getAsLong());
    }

    @Override
    public void failed(Exchange exchange, Unanswered.Reason reason) {
      exchange.lookup().failed(exchange, reason);
      askNext(exchange.lookup(), clock.getAsLong());
    }

    @Override
    public void flushLater(Wire wire) {
      if (unflushed.isEmpty()) {
        self.tell(PoolEvent.Signal.FLUSH);
      }
      unflushed.add(wire);
    }
  }
}
