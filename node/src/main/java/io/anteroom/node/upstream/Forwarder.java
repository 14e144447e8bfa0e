// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Talks to one server on one event loop, over {@link UdpSockets} shared by all queries in flight
 * and one pipelined {@link TcpConnection}.
 *
 * <p>It is part of the {@link ServerPool}, which owns all its state, and no actor of its own: a
 * query in flight would then be known twice, with messages to keep both sides in step, and cost two
 * more messages (some 400 ns and 100 bytes) for no parallelism, as both would run on the same event
 * loop.
 *
 * <h2>What counts as an answer</h2>
 *
 * The socket is connected, so the kernel drops what is not from the server's address and port (RFC
 * 5452 section 9.1). Then QR, the id and the question with the very case in which it was sent must
 * be those of a query in flight on that socket. All else is counted by its reason and ignored; when
 * that happens too often on a socket, what is in flight there goes over TCP, where guessing does
 * not help, and the socket is replaced.
 *
 * <h2>What is done without the pool</h2>
 *
 * A truncated answer is asked for again over TCP, an answer that shows that the server does not
 * know EDNS leads to the same query without it, and queries on a connection that ends are sent once
 * more on a new one. None of these uses up a try. Everything else goes to the pool, which decides
 * who is asked next.
 */
final class Forwarder {
  private static final int HEADER = 12;
  private static final int FORMERR = 1;
  private static final int NOTIMP = 4;

  /** Queries in flight on the TCP connection. */
  private static final int MAX_PIPELINED = 2_000;

  /** How long a server is not asked with EDNS after it has answered only without. */
  private static final long WITHOUT_EDNS_NANOS = Duration.ofMinutes(5).toNanos();

  private final ServerSettings server;
  private final PoolSettings settings;
  private final Owner owner;
  private final Opener opener;
  private final DeadlineWheel wheel;
  private final RandomBits random;
  private final Counters<Counter> counters;
  private final UdpSockets sockets;
  private @Nullable TcpConnection connection;
  private int outstanding;
  private boolean retired;
  private int failures;
  private long probeNanos;
  private boolean withoutEdns;
  private long ednsAgainNanos;

  /** What a forwarder tells its pool. An exchange that it tells of has ended. */
  interface Owner {
    void answered(Exchange exchange, WireAnswer answer);

    /** The server answered with a code upon which another is to be asked. */
    void refused(Exchange exchange, WireAnswer answer);

    void failed(Exchange exchange, Unanswered.Reason reason);

    /** The wire is to be flushed when the burst at hand is over. */
    void flushLater(Wire wire);
  }

  /** Opens channels; what comes of it reaches the pool as messages. */
  interface Opener {
    void open(UdpSocket socket, ServerSettings server);

    void open(TcpConnection connection, ServerSettings server);
  }

  Forwarder(
      ServerSettings server,
      PoolSettings settings,
      Owner owner,
      Opener opener,
      DeadlineWheel wheel,
      RandomBits random,
      Counters<Counter> counters) {
    this.server = server;
    this.settings = settings;
    this.owner = owner;
    this.opener = opener;
    this.wheel = wheel;
    this.random = random;
    this.counters = counters;
    this.sockets =
        new UdpSockets(
            settings.sockets().sockets(),
            settings.sockets().udpMaxQueries(),
            settings.sockets().socketLife().toNanos(),
            random,
            this::openSocket);
  }

  ServerSettings server() {
    return server;
  }

  /** Failures in a row. */
  int failures() {
    return failures;
  }

  /** Queries in flight. */
  int outstanding() {
    return outstanding;
  }

  /** Sockets open, in use and draining. */
  int socketCount() {
    return sockets.size();
  }

  /** Whether the server has failed and it is time to see whether it is back; then says no again. */
  boolean takeProbe(long nowNanos) {
    if (failures == 0 || nowNanos - probeNanos < 0) {
      return false;
    }
    probeNanos = nowNanos + settings.health().retryDelay().toNanos();
    return true;
  }

  /** Asks the server; null if there is no room for another query. */
  @Nullable Exchange ask(Lookup lookup, long timeoutNanos, long nowNanos) {
    if (outstanding >= settings.sockets().maxOutstanding()) {
      return null;
    }
    Exchange exchange = new Exchange(lookup, this, timeoutNanos);
    if (withoutEdns && nowNanos - ednsAgainNanos < 0) {
      exchange.withoutEdns();
    }
    outstanding++;
    if (!sendOverUdp(exchange, nowNanos)) {
      outstanding--;
      return null;
    }
    return exchange;
  }

  /** The channel of a wire is open. */
  void opened(Wire wire) {
    if (!wire.isClosed()) {
      wire.opened();
    }
  }

  /** Messages came in on a wire. */
  void received(Wire wire, List<byte[]> messages, long nowNanos) {
    if (wire instanceof TcpConnection tcp) {
      tcp.heard(nowNanos);
    }
    for (byte[] message : messages) {
      receive(wire, message, nowNanos);
    }
  }

  /** A wire has failed, could not be opened, or was closed by the other side. */
  void broken(Wire wire, long nowNanos) {
    if (wire.isClosed()) {
      return;
    }
    if (wire instanceof TcpConnection tcp) {
      lost(tcp, nowNanos);
    } else if (wire instanceof UdpSocket udp) {
      // An ICMP error: the server is not there, for none of these queries.
      sockets.close(udp).forEach(exchange -> fail(exchange, Unanswered.Reason.NETWORK, nowNanos));
    }
  }

  /** Nothing has moved on a connection for some time. */
  void idle(Wire wire) {
    if (wire instanceof TcpConnection tcp && tcp.inFlight() == 0) {
      tcp.close();
    }
  }

  /** The time of an exchange is up; it has left the wheel. */
  void expired(Exchange exchange, long nowNanos) {
    leaveSilent(exchange, nowNanos);
    fail(exchange, Unanswered.Reason.TIMEOUT, nowNanos);
  }

  /**
   * Nobody waits for the answer any more, or it has come from elsewhere. Tells the pool nothing.
   */
  void abandon(Exchange exchange, long nowNanos) {
    if (hadFairChance(exchange, nowNanos)) {
      leaveSilent(exchange, nowNanos);
      counters.increment(Counter.UPSTREAM_TIMEOUTS);
      failed(nowNanos);
    } else {
      leave(exchange);
    }
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
    outstanding = 0;
  }

  private void closeIfDone() {
    if (retired && outstanding == 0) {
      close();
    }
  }

  void flushLater(Wire wire) {
    owner.flushLater(wire);
  }

  private void receive(Wire wire, byte[] message, long nowNanos) {
    if (wire.isClosed()) {
      counters.increment(Counter.UPSTREAM_LATE);
      return;
    }
    if (message.length < HEADER || (message[2] & 0x80) == 0) {
      drop(wire, Counter.UPSTREAM_UNREADABLE, nowNanos);
      return;
    }
    int id = ((message[0] & 0xff) << 8) | (message[1] & 0xff);
    Exchange exchange = wire.find(id);
    if (exchange == null) {
      dropUnknown(wire, id, nowNanos);
      return;
    }
    WireAnswer answer = WireAnswer.parse(message);
    if (answer == null) {
      receiveUnreadable(wire, exchange, message, nowNanos);
    } else if (!answer.answersExactly(exchange.message(), exchange.questionEnd())) {
      boolean caseOnly = answer.answers(exchange.query());
      drop(
          wire,
          caseOnly ? Counter.UPSTREAM_MISMATCH_CASE : Counter.UPSTREAM_MISMATCH_QUESTION,
          nowNanos);
    } else {
      accept(exchange, answer, nowNanos);
    }
  }

  private void dropUnknown(Wire wire, int id, long nowNanos) {
    if (!wire.ids().isTaken(id)) {
      drop(wire, Counter.UPSTREAM_MISMATCH_ID, nowNanos);
      return;
    }
    counters.increment(Counter.UPSTREAM_LATE);
    if (wire instanceof TcpConnection) {
      wire.ids().release(id);
    }
  }

  /**
   * Old servers answer a query with EDNS with FORMERR and the header alone (RFC 6891 section 7).
   * That is no answer, but reason enough to ask without.
   */
  private void receiveUnreadable(Wire wire, Exchange exchange, byte[] message, long nowNanos) {
    int rcode = message[3] & 0xf;
    boolean ofEdns = exchange.edns() && (rcode == FORMERR || rcode == NOTIMP);
    if (ofEdns && WireAnswer.isBareError(message)) {
      leave(exchange);
      againWithoutEdns(exchange, nowNanos);
    } else {
      drop(wire, Counter.UPSTREAM_UNREADABLE, nowNanos);
    }
  }

  private void drop(Wire wire, Counter reason, long nowNanos) {
    counters.increment(reason);
    if (wire instanceof UdpSocket udp && udp.suspect()) {
      counters.increment(Counter.UPSTREAM_SUSPECTED);
      sockets.close(udp).forEach(exchange -> overTcp(exchange, nowNanos));
    }
  }

  private void accept(Exchange exchange, WireAnswer answer, long nowNanos) {
    counters.increment(Counter.UPSTREAM_ANSWERS);
    succeeded();
    Wire wire = leave(exchange);
    if (wire instanceof TcpConnection) {
      wire.ids().release(exchange.id());
    }
    int rcode = answer.rcode();
    if (exchange.edns() && !answer.hasEdns() && (rcode == FORMERR || rcode == NOTIMP)) {
      againWithoutEdns(exchange, nowNanos);
      return;
    }
    if (exchange.ednsRefused() && rcode != FORMERR) {
      withoutEdns = true;
      ednsAgainNanos = nowNanos + WITHOUT_EDNS_NANOS;
    }
    if (answer.truncated() && wire instanceof UdpSocket) {
      counters.increment(Counter.UPSTREAM_TRUNCATED);
      overTcp(exchange, nowNanos);
      return;
    }
    end(exchange);
    if (isRefusal(rcode)) {
      counters.increment(Counter.UPSTREAM_REFUSALS);
      owner.refused(exchange, answer);
    } else {
      owner.answered(exchange, answer);
    }
  }

  private boolean isRefusal(int rcode) {
    return settings.tries().failoverOn().contains(rcode)
        && !settings.has(ChannelFlag.NO_CHECK_RESP);
  }

  private void againWithoutEdns(Exchange exchange, long nowNanos) {
    counters.increment(Counter.UPSTREAM_EDNS_REFUSED);
    exchange.refuseEdns();
    if (!sendOverUdp(exchange, nowNanos)) {
      overload(exchange);
    }
  }

  private boolean sendOverUdp(Exchange exchange, long nowNanos) {
    UdpSocket socket = sockets.pick(nowNanos);
    List<Exchange> orphans = List.of();
    if (socket == null) {
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
      tcp = new TcpConnection(this, new IdSpace(random), nowNanos);
      connection = tcp;
      counters.increment(Counter.UPSTREAM_SOCKETS);
      opener.open(tcp, server);
    }
    if (tcp.inFlight() >= MAX_PIPELINED || !tcp.isWritable() || !tcp.send(exchange, nowNanos)) {
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
        fail(exchange, Unanswered.Reason.NETWORK, nowNanos);
      }
    }
  }

  private UdpSocket openSocket(long nowNanos) {
    counters.increment(Counter.UPSTREAM_SOCKETS);
    UdpSocket socket = new UdpSocket(this, new IdSpace(random), nowNanos);
    opener.open(socket, server);
    return socket;
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
    outstanding--;
    closeIfDone();
  }

  private void succeeded() {
    failures = 0;
  }

  private void overload(Exchange exchange) {
    end(exchange);
    owner.failed(exchange, Unanswered.Reason.OVERLOAD);
  }

  private void fail(Exchange exchange, Unanswered.Reason reason, long nowNanos) {
    end(exchange);
    boolean timeout = reason == Unanswered.Reason.TIMEOUT;
    counters.increment(timeout ? Counter.UPSTREAM_TIMEOUTS : Counter.UPSTREAM_NETWORK);
    failed(nowNanos);
    owner.failed(exchange, reason);
  }

  private void failed(long nowNanos) {
    failures++;
    probeNanos = nowNanos + settings.health().retryDelay().toNanos();
  }

  /** A client that had hardly any time left says nothing about the server. */
  private boolean hadFairChance(Exchange exchange, long nowNanos) {
    long fair = Math.min(exchange.timeoutNanos(), settings.tries().deadline().toNanos());
    return nowNanos - exchange.sentNanos() >= fair / 2;
  }
}
