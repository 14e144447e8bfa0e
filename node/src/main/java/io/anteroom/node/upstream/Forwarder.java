// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.upstream.EdnsLadder.Rung;
import io.anteroom.node.upstream.Fallbacks.Response;
import io.anteroom.node.wire.WireAnswer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends queries to one server from one event loop, over {@link UdpSockets} shared by all queries in
 * flight and one pipelined {@link TcpConnection} at a time.
 *
 * <p>It is part of the {@link ServerPool}, which owns all its state, and not an actor of its own.
 * An actor would need a second record of each query in flight and two more messages per query to
 * keep both in step (some 400 ns and 100 bytes), without any parallelism, as both would run on the
 * same event loop.
 *
 * <h2>What is done without the pool</h2>
 *
 * A truncated answer is asked for again over TCP, an error that may be caused by our OPT record
 * leads to the same query with less of EDNS ({@link EdnsLadder}), and queries on a connection that
 * ends are sent once more on a new one. None of these uses up a try. Everything else is reported to
 * the pool, which decides which server is asked next.
 */
final class Forwarder implements ServerSet.Candidate {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

  private final ServerSettings server;
  private final ServerHealth health;
  private final PoolSettings settings;
  private final Owner owner;
  private final DeadlineWheel wheel;
  private final RandomBits random;
  private final Counters<Counter> counters;
  private final UpstreamSockets sockets;
  private final EdnsLadder ladder;
  private final ServerCapabilities capabilities;
  private final ResponseValidator validator;
  private final ResponseTimes times;
  private final ResponseHandler responses;
  private int outstanding;
  private boolean retired;
  private final ConnectionTrouble trouble;

  /** Reports of a forwarder to its pool. Each call means that the exchange has ended. */
  interface Owner {
    void answered(Exchange exchange, WireAnswer answer);

    /** The server answered with an RCODE upon which another server is to be asked. */
    void refused(Exchange exchange, WireAnswer answer);

    void failed(Exchange exchange, Unanswered.Reason reason);

    /** Requests a flush of the socket at the end of the current burst. */
    void flushLater(UpstreamSocket wire);
  }

  /**
   * Opens channels. The result arrives at the pool as a message; false is returned at once if the
   * system gives no channel.
   */
  interface Opener {
    /** Prepares slow parts, such as the TLS context, in advance. */
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
    this.wheel = wheel;
    this.random = random;
    this.counters = counters;
    boolean edns = settings.has(ChannelFlag.EDNS);
    this.ladder = new EdnsLadder(edns ? Rung.OPTIONS : Rung.NONE, this::tellRung);
    this.capabilities = new ServerCapabilities(settings, server.tls() != null, random);
    this.times = new ResponseTimes(settings.tries());
    this.trouble = new ConnectionTrouble(this, counters);
    SocketOpening opening = new SocketOpening(opener, server, counters);
    this.sockets = new UpstreamSockets(this, settings, opening, wheel, random, counters);
    AnswerJudge judge = new AnswerJudge(settings, ladder, capabilities);
    this.responses =
        new ResponseHandler(this, owner, sockets, wheel, capabilities, judge, times, counters);
    this.validator = new ResponseValidator(capabilities, responses, counters);
  }

  /** Health of the server. */
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

  /** UDP sockets that are open, in use and draining. */
  int socketCount() {
    return sockets.socketCount();
  }

  /**
   * Timeout in this round of a lookup, in nanoseconds, derived from the server's response times.
   */
  long timeoutNanos(int round, boolean last, long nowNanos) {
    return last
        ? times.lastTimeout(round, random, nowNanos)
        : times.timeout(round, random, nowNanos);
  }

  /** Sends a query to the server; null if the limits of queries or sockets leave no room for it. */
  @Nullable Exchange ask(Lookup lookup, long timeoutNanos, long nowNanos) {
    if (outstanding >= settings.sockets().maxOutstanding()) {
      return null;
    }
    Exchange exchange = new Exchange(lookup, this, timeoutNanos, ladder.rung(nowNanos));
    count(1);
    if (!sockets.send(exchange, nowNanos)) {
      count(-1);
      return null;
    }
    return exchange;
  }

  /** The channel of a socket is open. */
  void opened(UpstreamSocket wire) {
    if (wire.isClosed()) {
      return;
    }
    wire.opened();
    trouble.connected();
  }

  /** Messages arrived on a socket. */
  void received(UpstreamSocket wire, List<byte[]> messages, long nowNanos) {
    if (wire instanceof TcpConnection tcp) {
      tcp.heard(nowNanos);
    }
    for (byte[] message : messages) {
      validator.receive(wire, message, nowNanos);
    }
  }

  /** A socket has failed, could not be opened, or was closed by the server. */
  void broken(UpstreamSocket wire, String cause, long nowNanos) {
    if (wire.isClosed()) {
      return;
    }
    if (server.tls() != null && !wire.isOpen()) {
      trouble.notConnected(cause);
    }
    sockets.broken(wire, nowNanos);
  }

  /** The stream of a query has ended without an answer. */
  void streamEnded(PoolEvent.StreamEnded end, long nowNanos) {
    if (end.wire().isClosed()) {
      return;
    }
    Exchange exchange = sockets.streamEnded(end.wire(), end.id());
    if (exchange == null) {
      return;
    }
    end.wire().heard(nowNanos);
    if (end.unprocessed()) {
      disconnected(exchange, true, nowNanos);
    } else {
      trouble.noMessage(end.cause(), nowNanos);
      cutOff(exchange, Response.NO_MESSAGE, nowNanos);
    }
  }

  /** The server takes no further queries on a connection. */
  void leaving(StreamConnection wire, long nowNanos) {
    if (!wire.isClosed()) {
      sockets.leaving(wire, nowNanos);
    }
  }

  /** What was last wrong with the server's connections; null if nothing is known. */
  @Nullable String trouble() {
    return trouble.last();
  }

  /** Checks whether a socket is still used. It has just been removed from the wheel. */
  void idle(UpstreamSocket wire, long nowNanos) {
    sockets.idle(wire, nowNanos);
  }

  /** A socket has been closed. */
  void closed(UpstreamSocket wire) {
    wheel.remove(wire);
  }

  /** An exchange has timed out. It has just been removed from the wheel. */
  void expired(Exchange exchange, long nowNanos) {
    Response response = responses.whenExpired(exchange, nowNanos);
    if (response == Response.SILENCE || response == Response.CASE_UNCONFIRMED) {
      leaveSilent(exchange, nowNanos);
    } else {
      sockets.leave(exchange);
    }
    cutOff(exchange, response, nowNanos);
  }

  /**
   * Ends an exchange for which no one waits any more. It counts as a timeout if the server had a
   * fair chance to answer. The pool is not told.
   */
  void abandon(Exchange exchange, long nowNanos) {
    if (hadFairChance(exchange, nowNanos)) {
      leaveSilent(exchange, nowNanos);
      counters.increment(Counter.UPSTREAM_TIMEOUTS);
      health.failed(ServerHealth.Failure.TIMEOUT, nowNanos);
    } else {
      sockets.leave(exchange);
    }
    end(exchange);
  }

  /**
   * Ends an exchange whose answer is not needed, without any conclusion about the server's health.
   */
  void release(Exchange exchange) {
    sockets.leave(exchange);
    end(exchange);
  }

  private void leaveSilent(Exchange exchange, long nowNanos) {
    if (sockets.leaveSilent(exchange, nowNanos) instanceof UdpSocket) {
      ladder.silent(exchange.message().rung());
    }
  }

  /** The socket of an exchange was closed while the exchange was in flight, with this result. */
  void cutOff(Exchange exchange, Response response, long nowNanos) {
    // The callback of another exchange may have ended this one in the meantime.
    if (!exchange.isOver()) {
      responses.follow(exchange, response, nowNanos);
    }
  }

  /** The TCP connection of an exchange has ended. */
  void disconnected(Exchange exchange, boolean wasOpen, long nowNanos) {
    if (!exchange.isOver()) {
      responses.disconnected(exchange, wasOpen, nowNanos);
    }
  }

  /** Closes all sockets as soon as no query is in flight. */
  void retire() {
    retired = true;
    closeIfDone();
  }

  /** Closes all sockets and drops the queries in flight, without telling the pool. */
  void close() {
    sockets.closeAll();
    count(-outstanding);
  }

  private void closeIfDone() {
    if (retired && outstanding == 0) {
      close();
    }
  }

  /** Composes the message of an exchange for the socket on which it is about to be sent. */
  ServerCapabilities.Message compose(
      Exchange exchange, UpstreamSocket wire, int id, long nowNanos) {
    return capabilities.compose(exchange, wire instanceof UdpSocket, id, nowNanos);
  }

  void flushLater(UpstreamSocket wire) {
    owner.flushLater(wire);
  }

  private void tellRung(Rung rung) {
    LOG.info(
        "{} gives errors or no answer to queries with {}: it is asked without, and tried again"
            + " every five minutes",
        this,
        rung.missing());
  }

  /** Ends an exchange. Its pool is told right after this, or knows already. */
  void end(Exchange exchange) {
    if (exchange.isOver()) {
      return;
    }
    exchange.end();
    wheel.remove(exchange);
    count(-1);
    closeIfDone();
  }

  private void count(int queries) {
    outstanding += queries;
    health.count(queries);
  }

  /**
   * Whether the server had at least half of the usual timeout. If not, a missing answer says
   * nothing about the server.
   */
  private boolean hadFairChance(Exchange exchange, long nowNanos) {
    long fair = Math.min(exchange.timeoutNanos(), settings.tries().deadline().toNanos());
    return nowNanos - exchange.sentNanos() >= fair / 2;
  }

  /** For logs. */
  @Override
  public String toString() {
    return "server " + Addresses.text(server.address()) + " of pool " + settings.name();
  }
}
