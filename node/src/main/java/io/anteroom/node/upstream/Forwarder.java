// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Talks to one server on one event loop, over {@link UdpSockets} shared by all queries in flight
 * and one pipelined {@link TcpConnection}.
 *
 * <p>It is part of the {@link UpstreamPool} actor, which owns all its state, and no actor of its
 * own: a query in flight would then be known twice, with messages to keep both sides in step, and
 * cost two more messages (some 400 ns and 100 bytes) for no parallelism, as both would run on the
 * same event loop.
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
  private static final int SERVFAIL = 2;
  private static final int NOTIMP = 4;
  private static final int REFUSED = 5;

  /** Queries in flight on the TCP connection. */
  private static final int MAX_PIPELINED = 2_000;

  /** How long a server is not asked with EDNS after it has answered only without. */
  private static final long WITHOUT_EDNS_NANOS = Duration.ofMinutes(5).toNanos();

  /** How long a failed server is left alone until a copy of a query probes it: c-ares' value. */
  private static final long PROBE_DELAY_NANOS = Duration.ofSeconds(5).toNanos();

  private final InetSocketAddress server;
  private final PoolSettings settings;
  private final Owner owner;
  private final Opener opener;
  private final DeadlineWheel wheel;
  private final RandomBits random;
  private final Counters<Counter> counters;
  private final UdpSockets sockets;
  private @Nullable TcpConnection connection;
  private int outstanding;
  private int failures;
  private long probeNanos;
  private boolean withoutEdns;
  private long ednsAgainNanos;

  /** What a forwarder tells its pool. An exchange that it tells of has ended. */
  interface Owner {
    void answered(Exchange exchange, WireAnswer answer);

    /** The server answered SERVFAIL, REFUSED or NOTIMP. */
    void refused(Exchange exchange, WireAnswer answer);

    void failed(Exchange exchange, Unanswered.Reason reason);

    /** The number of {@link #failures} has changed. */
    void healthChanged();

    /** The wire is to be flushed when the burst at hand is over. */
    void flushLater(Wire wire);
  }

  /** Opens channels; what comes of it reaches the pool as messages. */
  interface Opener {
    void open(UdpSocket socket, InetSocketAddress server);

    void open(TcpConnection connection, InetSocketAddress server);
  }

  Forwarder(
      InetSocketAddress server,
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
            settings.sockets(),
            settings.udpMaxQueries(),
            settings.socketLife().toNanos(),
            random,
            this::openSocket);
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
    probeNanos = nowNanos + PROBE_DELAY_NANOS;
    return true;
  }

  /** Asks the server; false if there is no room for another query. */
  boolean ask(Lookup lookup, long timeoutNanos, long nowNanos) {
    if (outstanding >= settings.maxOutstanding()) {
      return false;
    }
    Exchange exchange = new Exchange(lookup, this, timeoutNanos);
    if (withoutEdns && nowNanos - ednsAgainNanos < 0) {
      exchange.withoutEdns();
    }
    outstanding++;
    if (!sendOverUdp(exchange, nowNanos)) {
      outstanding--;
      return false;
    }
    return true;
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
    Wire wire = leave(exchange);
    if (wire instanceof UdpSocket udp) {
      sockets.retire(udp);
    } else if (wire instanceof TcpConnection tcp && !tcp.heardSince(exchange)) {
      lost(tcp, nowNanos);
    }
    fail(exchange, Unanswered.Reason.TIMEOUT, nowNanos);
  }

  /** Closes everything; returns what was in flight. */
  List<Exchange> close() {
    List<Exchange> all = new ArrayList<>(sockets.closeAll());
    TcpConnection tcp = connection;
    if (tcp != null) {
      all.addAll(tcp.removeAll());
      tcp.close();
    }
    outstanding = 0;
    return all;
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
    if (rcode == SERVFAIL || rcode == REFUSED || rcode == NOTIMP) {
      counters.increment(Counter.UPSTREAM_REFUSALS);
      owner.refused(exchange, answer);
    } else {
      owner.answered(exchange, answer);
    }
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
    long timeout = exchange.timeoutNanos();
    long left = exchange.lookup().deadlineNanos() - nowNanos;
    wheel.remove(exchange);
    wheel.add(exchange, nowNanos + Math.min(timeout, left), nowNanos);
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
  }

  private void succeeded() {
    if (failures > 0) {
      failures = 0;
      owner.healthChanged();
    }
  }

  private void overload(Exchange exchange) {
    end(exchange);
    owner.failed(exchange, Unanswered.Reason.OVERLOAD);
  }

  private void fail(Exchange exchange, Unanswered.Reason reason, long nowNanos) {
    end(exchange);
    boolean timeout = reason == Unanswered.Reason.TIMEOUT;
    counters.increment(timeout ? Counter.UPSTREAM_TIMEOUTS : Counter.UPSTREAM_NETWORK);
    if (!timeout || hadFairChance(exchange, nowNanos)) {
      failures++;
      probeNanos = nowNanos + PROBE_DELAY_NANOS;
      owner.healthChanged();
    }
    owner.failed(exchange, reason);
  }

  /** A client that had hardly any time left says nothing about the server. */
  private boolean hadFairChance(Exchange exchange, long nowNanos) {
    Duration timeout = settings.timeout();
    Duration fair = timeout.compareTo(settings.deadline()) < 0 ? timeout : settings.deadline();
    return nowNanos - exchange.sentNanos() >= fair.toNanos() / 2;
  }
}
