// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.WireAnswer;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Talks to one server on one event loop, over {@link UdpSockets} shared by all queries in flight
 * and one pipelined {@link TcpConnection}.
 *
 * <p>It is part of the {@link ServerPool}, which owns all its state, and no actor of its own: a
 * query in flight would then be known twice, with messages to keep both sides in step, and cost two
 * more messages (some 400 ns and 100 bytes) for no parallelism, as both would run on the same event
 * loop.
 *
 * <h2>What is done without the pool</h2>
 *
 * A truncated answer is asked for again over TCP, an answer that shows that the server does not
 * know EDNS leads to the same query without it, and queries on a connection that ends are sent once
 * more on a new one. None of these uses up a try. Everything else goes to the pool, which decides
 * who is asked next.
 */
final class Forwarder implements ServerSet.Candidate {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

  /** Fresh cookies asked for in a row, after which TCP does without. */
  private static final int MAX_BAD_COOKIES = 3;

  /** Answers to one query from a server that breaks the case of its name; one may come twice. */
  private static final int MAX_DOUBTS = 2;

  /** After which a socket or connection is closed that has nothing in flight. */
  private static final long IDLE_NANOS = Duration.ofSeconds(10).toNanos();

  /** Queries in flight on the TCP connection. */
  private static final int MAX_PIPELINED = 2_000;

  /**
   * How long the true answer may still come behind one that is right but for what a forger could
   * not know.
   */
  private static final long GRACE_NANOS = Duration.ofMillis(100).toNanos();

  private final ServerSettings server;
  private final ServerHealth health;
  private final PoolSettings settings;
  private final Owner owner;
  private final Opening opening;
  private final DeadlineWheel wheel;
  private final RandomBits random;
  private final Counters<Counter> counters;
  private final UdpSockets sockets;
  private final Dialect dialect;
  private final AnswerSieve sieve;
  private final ResponseTimes times;
  private final boolean overTcpOnly;
  private final boolean staysOpen;
  private @Nullable TcpConnection connection;
  private int outstanding;
  private boolean retired;
  private boolean tlsFails;

  /** What a forwarder tells its pool. An exchange that it tells of has ended. */
  interface Owner {
    void answered(Exchange exchange, WireAnswer answer);

    /** The server answered with a code upon which another is to be asked. */
    void refused(Exchange exchange, WireAnswer answer);

    void failed(Exchange exchange, Unanswered.Reason reason);

    /** The wire is to be flushed when the burst at hand is over. */
    void flushLater(Wire wire);
  }

  /**
   * Opens channels. The result reaches the pool as messages, or is false at once for no channel.
   */
  interface Opener {
    /** Does beforehand what takes long. */
    void prepare(ServerSettings server);

    boolean open(UdpSocket socket, ServerSettings server);

    boolean open(TcpConnection connection, ServerSettings server);
  }

  Forwarder(
      ServerHealth health,
      PoolSettings settings,
      Owner owner,
      Opener opener,
      DeadlineWheel wheel,
      RandomBits random,
      Counters<Counter> counters) {
    this.server = health.server();
    this.health = health;
    this.settings = settings;
    this.owner = owner;
    this.opening = new Opening(opener, health.server(), counters);
    this.wheel = wheel;
    this.random = random;
    this.counters = counters;
    this.overTcpOnly = settings.has(ChannelFlag.USE_VC) || server.tls() != null;
    this.staysOpen = settings.has(ChannelFlag.STAY_OPEN);
    this.dialect = new Dialect(settings, random);
    this.sieve = new AnswerSieve(dialect, new Findings(), counters);
    this.times = new ResponseTimes(settings.tries());
    this.sockets =
        new UdpSockets(
            settings.sockets().sockets(),
            settings.sockets().udpMaxQueries(),
            settings.sockets().socketLife().toNanos(),
            random,
            now -> openWire(() -> new UdpSocket(this, new IdSpace(random), now), now));
  }

  /** How the server does. */
  ServerHealth health() {
    return health;
  }

  @Override
  public ServerSettings server() {
    return server;
  }

  /** Queries in flight. */
  @Override
  public int outstanding() {
    return outstanding;
  }

  /** Sockets open, in use and draining. */
  int socketCount() {
    return sockets.size();
  }

  /** How long an answer may take in this round of a lookup, by how long others took. */
  long timeoutNanos(int round, boolean last, long nowNanos) {
    return last
        ? times.lastTimeout(round, random, nowNanos)
        : times.timeout(round, random, nowNanos);
  }

  /** Asks the server; null if there is no room for another query. */
  @Nullable Exchange ask(Lookup lookup, long timeoutNanos, long nowNanos) {
    if (outstanding >= settings.sockets().maxOutstanding()) {
      return null;
    }
    Exchange exchange = new Exchange(lookup, this, timeoutNanos);
    if (!dialect.hasEdns(nowNanos)) {
      exchange.withoutEdns();
    }
    count(1);
    if (!send(exchange, nowNanos)) {
      count(-1);
      return null;
    }
    return exchange;
  }

  /** The channel of a wire is open. */
  void opened(Wire wire) {
    if (wire.isClosed()) {
      return;
    }
    wire.opened();
    if (tlsFails) {
      tlsFails = false;
      LOG.info("{} is there over TLS again", this);
    }
  }

  /** Messages came in on a wire. */
  void received(Wire wire, List<byte[]> messages, long nowNanos) {
    if (wire instanceof TcpConnection tcp) {
      tcp.heard(nowNanos);
    }
    for (byte[] message : messages) {
      sieve.receive(wire, message, nowNanos);
    }
  }

  /** A wire has failed, could not be opened, or was closed by the other side. */
  void broken(Wire wire, String cause, long nowNanos) {
    if (wire.isClosed()) {
      return;
    }
    if (server.tls() != null && !wire.isOpen()) {
      tlsFailed(cause);
    }
    if (wire instanceof TcpConnection tcp) {
      lost(tcp, nowNanos);
    } else if (wire instanceof UdpSocket udp) {
      // An ICMP error: the server is not there, for none of these queries.
      sockets.close(udp).forEach(exchange -> fail(exchange, Unanswered.Reason.NETWORK, nowNanos));
    }
  }

  private void tlsFailed(String cause) {
    counters.increment(Counter.UPSTREAM_TLS_FAILED);
    if (!tlsFails) {
      tlsFails = true;
      LOG.warn("{} can't be asked over TLS: {}", this, cause);
    }
  }

  /** It is time to see whether a wire is still used; it has left the wheel. */
  void idle(Wire wire, long nowNanos) {
    long left = wire.inFlight() > 0 ? IDLE_NANOS : IDLE_NANOS - (nowNanos - wire.usedNanos());
    if (left > 0) {
      wheel.add(wire, nowNanos + left, nowNanos);
    } else if (wire instanceof UdpSocket udp) {
      sockets.retire(udp);
    } else {
      wire.close();
    }
  }

  private void watch(Wire wire, long nowNanos) {
    if (!staysOpen) {
      wheel.add(wire, nowNanos + IDLE_NANOS, nowNanos);
    }
  }

  /** A wire has been closed. */
  void closed(Wire wire) {
    wheel.remove(wire);
  }

  /** The time of an exchange is up; it has left the wheel. */
  void expired(Exchange exchange, long nowNanos) {
    if (exchange.isInDoubt() && exchange.wire() instanceof UdpSocket) {
      leave(exchange);
      settleDoubt(exchange, nowNanos);
      return;
    }
    boolean overTcp = exchange.wire() instanceof TcpConnection;
    leaveSilent(exchange, nowNanos);
    if (overTcp) {
      failOverTcp(exchange, Unanswered.Reason.TIMEOUT, nowNanos);
    } else {
      fail(exchange, Unanswered.Reason.TIMEOUT, nowNanos);
    }
  }

  /**
   * Nobody waits for the answer any more, or it has come from elsewhere. Tells the pool nothing.
   */
  void abandon(Exchange exchange, long nowNanos) {
    if (hadFairChance(exchange, nowNanos)) {
      leaveSilent(exchange, nowNanos);
      counters.increment(Counter.UPSTREAM_TIMEOUTS);
      health.failed(ServerHealth.Failure.TIMEOUT, nowNanos);
    } else {
      leave(exchange);
    }
    end(exchange);
  }

  /** The answer is of no use any more, and the server had no time to show whether it is well. */
  void release(Exchange exchange) {
    leave(exchange);
    end(exchange);
  }

  /** It did not answer on this wire, so others will not be answered there either. */
  private void leaveSilent(Exchange exchange, long nowNanos) {
    Wire wire = leave(exchange);
    if (wire instanceof UdpSocket udp) {
      sockets.retire(udp);
    } else if (wire instanceof TcpConnection tcp && !tcp.heardSince(exchange)) {
      lost(tcp, nowNanos);
    }
  }

  /** Closes everything as soon as nothing is in flight. */
  void retire() {
    retired = true;
    closeIfDone();
  }

  /** Closes everything and forgets what was in flight. */
  void close() {
    sockets.closeAll().forEach(wheel::remove);
    TcpConnection tcp = connection;
    if (tcp != null) {
      tcp.removeAll().forEach(wheel::remove);
      tcp.close();
    }
    count(-outstanding);
  }

  private void closeIfDone() {
    if (retired && outstanding == 0) {
      close();
    }
  }

  /** The message for an exchange that is about to go out on a wire. */
  Dialect.Message compose(Exchange exchange, Wire wire, int id, long nowNanos) {
    return dialect.compose(exchange, wire instanceof UdpSocket, id, nowNanos);
  }

  void flushLater(Wire wire) {
    owner.flushLater(wire);
  }

  /** The true answer has not come, so the other one may have been it: asks where nobody forges. */
  private void settleDoubt(Exchange exchange, long nowNanos) {
    if (exchange.caseInDoubt() && !dialect.hasRandomCase(nowNanos)) {
      // Others have found out meanwhile.
      again(exchange, nowNanos);
      return;
    }
    counters.increment(Counter.UPSTREAM_DOUBTED);
    overTcp(exchange, nowNanos);
  }

  private void breaksCase(long nowNanos) {
    if (dialect.breaksCase(nowNanos)) {
      LOG.warn("{} does not keep the case of names, and is asked without regard to it", this);
    }
    counters.increment(Counter.UPSTREAM_CASE_BROKEN);
  }

  private void accept(Exchange exchange, WireAnswer answer, long nowNanos) {
    counters.increment(Counter.UPSTREAM_ANSWERS);
    if (answer.rcode() == Rcodes.NOERROR || answer.rcode() == Rcodes.NXDOMAIN) {
      times.record(nowNanos - exchange.sentNanos(), nowNanos);
    }
    Wire wire = leave(exchange);
    if (wire instanceof TcpConnection) {
      wire.ids().release(exchange.id());
    }
    if (!Dialect.keepsCase(exchange, answer)) {
      breaksCase(nowNanos);
    }
    int rcode = answer.rcode();
    boolean ofEdns = rcode == Rcodes.FORMERR || rcode == Rcodes.NOTIMP;
    if (exchange.edns() && !answer.hasEdns() && ofEdns) {
      againWithoutEdns(exchange, nowNanos);
      return;
    }
    if (exchange.ednsRefused() && rcode != Rcodes.FORMERR) {
      dialect.refusesEdns(nowNanos);
    }
    if (rcode == Rcodes.BADCOOKIE) {
      againWithCookie(exchange, nowNanos);
    } else if (answer.truncated() && wire instanceof UdpSocket && !takesTruncated()) {
      counters.increment(Counter.UPSTREAM_TRUNCATED);
      overTcp(exchange, nowNanos);
    } else {
      conclude(exchange, answer, nowNanos);
    }
  }

  private boolean takesTruncated() {
    return settings.has(ChannelFlag.IGNORE_TC);
  }

  private void conclude(Exchange exchange, WireAnswer answer, long nowNanos) {
    int rcode = answer.rcode();
    end(exchange);
    boolean refusal = isRefusal(rcode);
    if (rcode == Rcodes.NOERROR || rcode == Rcodes.NXDOMAIN) {
      health.answered(nowNanos - exchange.sentNanos());
    } else if (refusal) {
      health.refused(nowNanos);
    }
    if (refusal) {
      counters.increment(Counter.UPSTREAM_REFUSALS);
      owner.refused(exchange, answer);
    } else {
      owner.answered(exchange, answer);
    }
  }

  /** With the cookie that came with the answer, or over TCP, where none is needed. */
  private void againWithCookie(Exchange exchange, long nowNanos) {
    counters.increment(Counter.UPSTREAM_BAD_COOKIE);
    int asked = exchange.badCookie();
    if (asked < MAX_BAD_COOKIES) {
      again(exchange, nowNanos);
    } else if (asked == MAX_BAD_COOKIES) {
      overTcp(exchange, nowNanos);
    } else {
      fail(exchange, Unanswered.Reason.NETWORK, nowNanos);
    }
  }

  private boolean isRefusal(int rcode) {
    return settings.tries().failoverOn().contains(rcode)
        && !settings.has(ChannelFlag.NO_CHECK_RESP);
  }

  private void againWithoutEdns(Exchange exchange, long nowNanos) {
    counters.increment(Counter.UPSTREAM_EDNS_REFUSED);
    exchange.refuseEdns();
    again(exchange, nowNanos);
  }

  private void again(Exchange exchange, long nowNanos) {
    if (!send(exchange, nowNanos)) {
      overload(exchange);
    }
  }

  private boolean send(Exchange exchange, long nowNanos) {
    if (!overTcpOnly && sendOverUdp(exchange, nowNanos)) {
      return true;
    }
    // Without a socket to be had, a connection that is there is the next way.
    TcpConnection tcp = connection;
    boolean instead = opening.isFailing() && tcp != null && !tcp.isClosed();
    boolean sent = (overTcpOnly || instead) && sendOverTcp(exchange, nowNanos);
    if (sent) {
      schedule(exchange, nowNanos);
    }
    return sent;
  }

  private boolean sendOverUdp(Exchange exchange, long nowNanos) {
    UdpSocket socket = sockets.pick(nowNanos);
    List<Exchange> orphans = List.of();
    if (socket == null && sockets.isFull()) {
      // All in use saw timeouts and were replaced twice over: the oldest have waited long enough.
      orphans = sockets.closeOldest();
      socket = sockets.pick(nowNanos);
    }
    boolean sent = socket != null && socket.send(exchange, nowNanos);
    if (sent) {
      counters.increment(Counter.UPSTREAM_QUERIES);
      schedule(exchange, nowNanos);
    }
    for (Exchange orphan : orphans) {
      fail(orphan, Unanswered.Reason.TIMEOUT, nowNanos);
    }
    return sent;
  }

  private void overTcp(Exchange exchange, long nowNanos) {
    if (sendOverTcp(exchange, nowNanos)) {
      schedule(exchange, nowNanos);
    } else {
      overload(exchange);
    }
  }

  private boolean sendOverTcp(Exchange exchange, long nowNanos) {
    TcpConnection tcp = connection;
    if (tcp != null && !tcp.isClosed() && tcp.ids().size() >= IdSpace.SIZE / 2) {
      // Ids of queries that it never answered.
      lost(tcp, nowNanos);
      tcp = connection;
    }
    if (tcp == null || tcp.isClosed()) {
      tcp = openWire(() -> new TcpConnection(this, new IdSpace(random), nowNanos), nowNanos);
      connection = tcp;
    }
    if (tcp == null
        || tcp.inFlight() >= MAX_PIPELINED
        || !tcp.isWritable()
        || !tcp.send(exchange, nowNanos)) {
      return false;
    }
    counters.increment(Counter.UPSTREAM_QUERIES);
    return true;
  }

  private void lost(TcpConnection tcp, long nowNanos) {
    tcp.close();
    List<Exchange> exchanges = tcp.removeAll();
    if (!exchanges.isEmpty()) {
      counters.increment(Counter.UPSTREAM_CONNECTIONS_LOST);
    }
    for (Exchange exchange : exchanges) {
      // Sent again within its old time. A connection that never opened is no reason to try another.
      boolean again = tcp.isOpen() && !exchange.movedBefore();
      if (!again || !sendOverTcp(exchange, nowNanos)) {
        failOverTcp(exchange, Unanswered.Reason.NETWORK, nowNanos);
      }
    }
  }

  /**
   * A server whose answer was doubted, and that does not answer over TCP, is believed; but not if
   * there were more such answers than a server gives.
   */
  private void failOverTcp(Exchange exchange, Unanswered.Reason reason, long nowNanos) {
    boolean believed = exchange.caseInDoubt() && exchange.doubts() <= MAX_DOUBTS;
    if (believed && exchange.message().randomCase()) {
      breaksCase(nowNanos);
      again(exchange, nowNanos);
    } else {
      fail(exchange, reason, nowNanos);
    }
  }

  private <W extends Wire> @Nullable W openWire(Supplier<W> maker, long nowNanos) {
    W wire = opening.isPossible(nowNanos) ? maker.get() : null;
    if (wire == null || !opening.open(wire, nowNanos)) {
      return null;
    }
    watch(wire, nowNanos);
    return wire;
  }

  private void schedule(Exchange exchange, long nowNanos) {
    wheel.remove(exchange);
    wheel.add(exchange, nowNanos + exchange.timeoutNanos(), nowNanos);
  }

  /** Takes the exchange off its wire. */
  private @Nullable Wire leave(Exchange exchange) {
    Wire wire = exchange.wire();
    if (wire != null) {
      wire.remove(exchange);
      if (wire instanceof UdpSocket udp) {
        sockets.closeIfDrained(udp);
      }
    }
    return wire;
  }

  private void end(Exchange exchange) {
    wheel.remove(exchange);
    count(-1);
    closeIfDone();
  }

  private void count(int queries) {
    outstanding += queries;
    health.count(queries);
  }

  private void overload(Exchange exchange) {
    end(exchange);
    owner.failed(exchange, Unanswered.Reason.OVERLOAD);
  }

  private void fail(Exchange exchange, Unanswered.Reason reason, long nowNanos) {
    end(exchange);
    boolean timeout = reason == Unanswered.Reason.TIMEOUT;
    counters.increment(timeout ? Counter.UPSTREAM_TIMEOUTS : Counter.UPSTREAM_NETWORK);
    health.failed(timeout ? ServerHealth.Failure.TIMEOUT : ServerHealth.Failure.NETWORK, nowNanos);
    owner.failed(exchange, reason);
  }

  /** A client that had hardly any time left says nothing about the server. */
  private boolean hadFairChance(Exchange exchange, long nowNanos) {
    long fair = Math.min(exchange.timeoutNanos(), settings.tries().deadline().toNanos());
    return nowNanos - exchange.sentNanos() >= fair / 2;
  }

  /** For logs. */
  @Override
  public String toString() {
    return "server " + Addresses.text(server.address()) + " of pool " + settings.name();
  }

  /** What came in. */
  private final class Findings implements AnswerSieve.Findings {
    @Override
    public void answer(Exchange exchange, WireAnswer answer, long nowNanos) {
      accept(exchange, answer, nowNanos);
    }

    @Override
    public void ednsRefused(Exchange exchange, long nowNanos) {
      leave(exchange);
      againWithoutEdns(exchange, nowNanos);
    }

    @Override
    public void doubtful(Exchange exchange, Counter reason, long nowNanos) {
      exchange.doubt(reason);
      if (exchange.doubts() > 1) {
        return;
      }
      long left = Math.min(exchange.dueNanos() - nowNanos, GRACE_NANOS);
      wheel.remove(exchange);
      wheel.add(exchange, nowNanos + left, nowNanos);
    }

    @Override
    public void suspected(UdpSocket socket, long nowNanos) {
      sockets.close(socket).forEach(exchange -> overTcp(exchange, nowNanos));
    }
  }
}
