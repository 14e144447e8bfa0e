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
 * Resolves questions with the servers of one upstream pool on one event loop. Every {@link
 * PendingRequest} ends exactly once, at the latest at its own deadline or the pool's.
 *
 * <p>Equal questions in flight share one {@link Lookup}, also across event loops: a request for a
 * question that another loop has in flight is sent to that loop. A lookup asks one server at a
 * time, or as many as the policy says, and those that have failed recently last, in as many rounds
 * as the pool has tries. The {@linkplain ResponseTimes timeout} of each doubles with every round.
 * When every server has refused, the last refusal is the answer. A {@link Prober} finds out whether
 * servers that failed answer again.
 *
 * <h2>Threads</h2>
 *
 * Confined to one thread at a time: that of an {@link UpstreamPool} actor, or of an {@link
 * EventLoopPool}. It should run on the event loop of its sockets, so that no event has to cross a
 * thread. Messages written while a burst of packets is processed are sent with one flush. The flush
 * is an event of its own, so it comes after all events that are queued already.
 *
 * <h2>Bounds</h2>
 *
 * Each server has at most {@code maxOutstanding} queries in flight. The pending requests of the
 * pool are bounded by the sum of that over all servers, and those of all pools of the node by
 * {@link WaitingBytes}. Beyond these bounds a request ends at once with {@link
 * Unanswered.Reason#OVERLOAD}. Bursts that are not processed yet are bounded per channel.
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

  /**
   * Queues events for {@link #receive}, which is called on the pool's thread after all events
   * queued before.
   */
  interface Inbox {
    void tell(PoolEvent event);
  }

  /**
   * A pool for one event loop.
   *
   * @param common shared by the pools of all event loops of the node
   * @param loop the event loop of its sockets
   * @param clock nanoseconds, the clock of all deadlines
   * @param random must be unpredictable, like a {@code SecureRandom}: source of message ids, of the
   *     choice of sockets and of random case
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
        new Channels(loop, self, counters, common, SocketListener.NONE),
        counters,
        clock,
        random);
  }

  /** A pool with another opener of channels. */
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

  /**
   * Adds a pending request. The pool's own deadline applies if it is earlier than {@code until}.
   */
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

  /** Whether there is room and time for a pending request; if not, it ends here. */
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
   * Cancels a pending request, which is not called any more; does nothing if it has ended already.
   * Not for the pools of a node with several event loops, where it may wait in another pool.
   */
  void cancel(PendingRequest pendingRequest) {
    driver.leave(pendingRequest, clock.getAsLong());
  }

  /** Processes an event from the inbox. */
  void receive(PoolEvent event) {
    if (event instanceof PoolEvent.Received received) {
      received.waiting().addAndGet(-received.messages().size());
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
    } else if (event instanceof PoolEvent.StreamEnded ended) {
      long now = clock.getAsLong();
      ended.wire().forwarder().streamEnded(ended, now);
      keepTicking(now);
    } else if (event instanceof PoolEvent.Leaving leaving) {
      LOG.debug("leaves a connection of pool {}: {}", settings.name(), leaving.cause());
      leaving.wire().forwarder().leaving(leaving.wire(), clock.getAsLong());
    } else if (event instanceof PoolEvent.SetServers set) {
      forwarders.set(set.servers());
    } else if (event == PoolEvent.Signal.CHECK) {
      prober.check(forwarders.all(), clock.getAsLong());
    } else if (event instanceof PoolEvent.Join join) {
      ask(join.pending(), join.until(), false);
    }
  }

  /**
   * Ends all shared lookups, with {@link Unanswered.Reason#NETWORK} for their requests, and closes
   * all sockets.
   */
  void close() {
    prober.stopChecks();
    for (Lookup lookup : pending.all()) {
      lookup.failed(Unanswered.Reason.NETWORK);
      driver.finish(lookup, null);
    }
    forwarders.close();
  }

  /**
   * Whether there are neither pending requests nor shared lookups. Abandoned queries may still be
   * in the wheel.
   */
  boolean isUnused() {
    return pending.isEmpty();
  }

  /** Whether there are no pending requests and the wheel is empty. */
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

  /** Sends a question to one server only, in a lookup that is not shared. */
  void askAlone(Forwarder server, PendingRequest pendingRequest, long timeout, long now) {
    ServerSet alone = ServerSet.of(server);
    // A fallback to TCP starts a new timeout.
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
