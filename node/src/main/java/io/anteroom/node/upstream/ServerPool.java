// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireQuery;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the servers of one upstream pool on one event loop, and ends every {@link PendingRequest}
 * exactly once, at his deadline or the pool's at the latest.
 *
 * <p>Equal questions in flight share one {@link Lookup}, also with the pools of other event loops:
 * who asks what another one has in flight is sent there. A lookup asks one server at a time, or as
 * many as the policy says, those that failed of late last, in as many rounds as the pool has tries.
 * The {@linkplain ResponseTimes wait} for each doubles with every round. When every server has
 * refused, the last refusal is the answer. A {@link Prober} sees whether servers that failed are
 * back.
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
 * whole pool than all servers have room for, nor in all pools of the node than {@link WaitingBytes}
 * allows. Beyond that the answer is {@link Unanswered.Reason#OVERLOAD} at once. Bursts that wait to
 * be taken are bounded per channel.
 */
final class ServerPool {
  private static final Logger LOG = LoggerFactory.getLogger(ServerPool.class);

  private final EventLoop loop;
  private final Counters<Counter> counters;
  private final LongSupplier clock;
  private final Inbox self;
  private final DeadlineWheel wheel = new DeadlineWheel();
  private final PendingLookups pending;
  private final List<UpstreamSocket> unflushed = new ArrayList<>();
  private final LookupDriver driver;
  private final PoolSettings settings;
  private final long deadlineNanos;
  private final Forwarders forwarders;
  private final Prober prober;
  private boolean ticking;

  /** Takes events to {@link #receive}, on the pool's thread, behind what waits there already. */
  interface Inbox {
    void tell(PoolEvent event);
  }

  /**
   * A pool for one event loop.
   *
   * @param common to the pools of all loops of the node
   * @param loop where its sockets live
   * @param clock nanoseconds, the clock of all deadlines
   * @param random unpredictable, as a {@code SecureRandom} is; ids, the choice of sockets and the
   *     case of letters come from it
   */
  ServerPool(
      SharedPool common,
      EventLoop loop,
      Inbox self,
      Counters<Counter> counters,
      LongSupplier clock,
      RandomGenerator random) {
    this(
        common,
        loop,
        self,
        new Channels(loop, self, counters, common.settings(), SocketListener.NONE),
        counters,
        clock,
        random);
  }

  /** The same, with somebody else to open the channels. */
  ServerPool(
      SharedPool common,
      EventLoop loop,
      Inbox self,
      Forwarder.Opener channels,
      Counters<Counter> counters,
      LongSupplier clock,
      RandomGenerator random) {
    this.settings = common.settings();
    this.loop = loop;
    this.self = self;
    this.pending = new PendingLookups(common, self, wheel);
    this.counters = counters;
    this.clock = clock;
    this.driver =
        new LookupDriver(pending, settings.choice(), wheel, clock, counters, this::flushLater);
    RandomBits bits = new RandomBits(random);
    this.deadlineNanos = settings.tries().deadline().toNanos();
    this.forwarders =
        new Forwarders(settings, bits, server -> forwarder(server, common, channels, bits));
    this.prober = new Prober(settings, this, bits, counters);
    forwarders.set(common.join(self));
    if (common.takeChecks()) {
      prober.startChecks(loop, self);
    }
  }

  private Forwarder forwarder(
      ServerSettings server, SharedPool common, Forwarder.Opener channels, RandomBits bits) {
    return new Forwarder(common.health(server), settings, driver, channels, wheel, bits, counters);
  }

  /** Begins to wait for the answer; the pool's own deadline may come before this one. */
  void ask(PendingRequest pendingRequest, long until) {
    ask(pendingRequest, until, true);
  }

  private void ask(PendingRequest pendingRequest, long until, boolean mayHandOver) {
    long now = clock.getAsLong();
    long deadline = now + Math.min(until - now, deadlineNanos);
    if (!admits(pendingRequest, deadline - now)) {
      return;
    }
    WireQuery query = pendingRequest.query();
    LookupKey key = LookupKey.of(query);
    Lookup lookup = pending.find(key);
    if (lookup != null) {
      counters.increment(Counter.UPSTREAM_SHARED);
      pending.join(lookup, pendingRequest, deadline, now);
    } else {
      Inbox owner = pending.claim(key);
      if (owner != null && mayHandOver) {
        owner.tell(new PoolEvent.Join(pendingRequest, until));
        return;
      }
      lookup = pending.begin(key, query, forwarders.set(), settings.tries().tries(), deadline);
      pending.join(lookup, pendingRequest, deadline, now);
      driver.askNext(lookup, now);
      prober.probe(forwarders.all(), query, now);
    }
    keepTicking(now);
  }

  /** Whether there is room and time for a pending request; he is told if not. */
  private boolean admits(PendingRequest pendingRequest, long left) {
    if (pending.waiting() >= room()) {
      boolean nobody = forwarders.set().all() == 0;
      driver.end(pendingRequest, nobody ? Unanswered.Reason.NETWORK : Unanswered.Reason.OVERLOAD);
      return false;
    }
    if (left <= 0) {
      driver.end(pendingRequest, Unanswered.Reason.TIMEOUT);
      return false;
    }
    if (!pending.takeRoom(pendingRequest)) {
      counters.increment(Counter.UPSTREAM_MEMORY);
      pendingRequest.unanswered(Unanswered.Reason.OVERLOAD);
      return false;
    }
    return true;
  }

  private long room() {
    return (long) Long.bitCount(forwarders.set().all()) * settings.sockets().maxOutstanding();
  }

  /**
   * Lets a pending request go, who hears nothing more; nothing happens if he has been told already.
   * Not for the pools of a node with several loops, where he may wait at another.
   */
  void cancel(PendingRequest pendingRequest) {
    driver.leave(pendingRequest, clock.getAsLong());
  }

  /** Takes an event that the pool's inbox was told. */
  void receive(PoolEvent event) {
    if (event instanceof PoolEvent.Received received) {
      received.waiting().decrementAndGet();
      long now = clock.getAsLong();
      received.wire().forwarder().received(received.wire(), received.messages(), now);
      keepTicking(now);
    } else if (event == PoolEvent.Signal.FLUSH) {
      unflushed.forEach(UpstreamSocket::flush);
      unflushed.clear();
    } else if (event == PoolEvent.Signal.TICK) {
      tick();
    } else if (event instanceof PoolEvent.Opened opened) {
      opened.wire().forwarder().opened(opened.wire());
    } else if (event instanceof PoolEvent.Broken broken) {
      onBroken(broken);
    } else if (event instanceof PoolEvent.SetServers set) {
      forwarders.set(set.servers());
    } else if (event == PoolEvent.Signal.CHECK) {
      prober.check(forwarders.all(), clock.getAsLong());
    } else if (event instanceof PoolEvent.Join join) {
      ask(join.pending(), join.until(), false);
    }
  }

  /** Closes everything; whoever waits is told so. */
  void close() {
    prober.stopChecks();
    for (Lookup lookup : pending.all()) {
      lookup.failed(Unanswered.Reason.NETWORK);
      driver.finish(lookup, null);
    }
    forwarders.close();
  }

  /** Whether nobody waits, though something that nobody waits for may be in flight. */
  boolean isUnused() {
    return pending.isEmpty();
  }

  /** Whether nobody waits and nothing is in flight. */
  boolean isIdle() {
    return pending.isEmpty() && wheel.isEmpty();
  }

  private void tick() {
    ticking = false;
    long now = clock.getAsLong();
    for (DeadlineWheel.Entry due = wheel.poll(now); due != null; due = wheel.poll(now)) {
      if (due instanceof Exchange exchange) {
        exchange.forwarder().expired(exchange, now);
      } else if (due instanceof PendingRequest pendingRequest) {
        driver.expire(pendingRequest, now);
      } else if (due instanceof Lookup lookup) {
        driver.finish(lookup, lookup.held());
      } else if (due instanceof UpstreamSocket wire) {
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

  /** Has somebody wait for what one server says to a question, which nobody else shares. */
  void askAlone(Forwarder server, PendingRequest pendingRequest, long timeout, long now) {
    ServerSet alone = ServerSet.of(server);
    // Over TCP the time begins anew.
    long deadline = now + 2 * timeout;
    Lookup lookup =
        new Lookup(
            LookupKey.of(pendingRequest.query()), pendingRequest.query(), alone, 1, deadline);
    pending.join(lookup, pendingRequest, deadline, now);
    var unused = lookup.next();
    driver.ask(server, lookup, timeout, now);
    if (lookup.exchanges().isEmpty() && !lookup.isOver()) {
      driver.finish(lookup, null);
    }
    keepTicking(now);
  }

  private void flushLater(UpstreamSocket wire) {
    if (unflushed.isEmpty()) {
      self.tell(PoolEvent.Signal.FLUSH);
    }
    unflushed.add(wire);
  }

  private void keepTicking(long now) {
    if (!ticking && !wheel.isEmpty()) {
      ticking = true;
      long delay = DeadlineWheel.untilNextTick(now);
      var unused =
          loop.schedule(() -> self.tell(PoolEvent.Signal.TICK), delay, TimeUnit.NANOSECONDS);
    }
  }
}
