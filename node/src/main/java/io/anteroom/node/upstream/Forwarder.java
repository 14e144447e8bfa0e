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
 * Talks to one server on one event loop, over {@link UdpSockets} shared by all queries in flight
 * and one pipelined {@link TcpConnection} at a time.
 *
 * <p>It is part of the {@link ServerPool}, which owns all its state, and no actor of its own: a
 * query in flight would then be known twice, with messages to keep both sides in step, and cost two
 * more messages (some 400 ns and 100 bytes) for no parallelism, as both would run on the same event
 * loop.
 *
 * <h2>What is done without the pool</h2>
 *
 * A truncated answer is asked for again over TCP, an error that may be about our OPT record leads
 * to the same query with less of EDNS ({@link EdnsLadder}), and queries on a connection that ends
 * are sent once more on a new one. None of these uses up a try. Everything else goes to the pool,
 * which decides who is asked next.
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
  private final UpstreamSockets wires;
  private final EdnsLadder ladder;
  private final ServerCapabilities capabilities;
  private final ResponseValidator validator;
  private final ResponseTimes times;
  private final ResponseHandler responses;
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
    void flushLater(UpstreamSocket wire);
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
    this.wheel = wheel;
    this.random = random;
    this.counters = counters;
    boolean edns = settings.has(ChannelFlag.EDNS);
    this.ladder = new EdnsLadder(edns ? Rung.OPTIONS : Rung.NONE, this::tellRung);
    this.capabilities = new ServerCapabilities(settings, random);
    this.times = new ResponseTimes(settings.tries());
    SocketOpening opening = new SocketOpening(opener, server, counters);
    this.wires = new UpstreamSockets(this, settings, opening, wheel, random, counters);
    AnswerJudge judge = new AnswerJudge(settings, ladder, capabilities);
    this.responses =
        new ResponseHandler(this, owner, wires, wheel, capabilities, judge, times, counters);
    this.validator = new ResponseValidator(capabilities, responses, counters);
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
    return wires.socketCount();
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
    Exchange exchange = new Exchange(lookup, this, timeoutNanos, ladder.rung(nowNanos));
    count(1);
    if (!wires.send(exchange, nowNanos)) {
      count(-1);
      return null;
    }
    return exchange;
  }

  /** The channel of a wire is open. */
  void opened(UpstreamSocket wire) {
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
  void received(UpstreamSocket wire, List<byte[]> messages, long nowNanos) {
    if (wire instanceof TcpConnection tcp) {
      tcp.heard(nowNanos);
    }
    for (byte[] message : messages) {
      validator.receive(wire, message, nowNanos);
    }
  }

  /** A wire has failed, could not be opened, or was closed by the other side. */
  void broken(UpstreamSocket wire, String cause, long nowNanos) {
    if (wire.isClosed()) {
      return;
    }
    if (server.tls() != null && !wire.isOpen()) {
      tlsFailed(cause);
    }
    wires.broken(wire, nowNanos);
  }

  private void tlsFailed(String cause) {
    counters.increment(Counter.UPSTREAM_TLS_FAILED);
    if (!tlsFails) {
      tlsFails = true;
      LOG.warn("{} can't be asked over TLS: {}", this, cause);
    }
  }

  /** It is time to see whether a wire is still used; it has left the wheel. */
  void idle(UpstreamSocket wire, long nowNanos) {
    wires.idle(wire, nowNanos);
  }

  /** A wire has been closed. */
  void closed(UpstreamSocket wire) {
    wheel.remove(wire);
  }

  /** The time of an exchange is up; it has left the wheel. */
  void expired(Exchange exchange, long nowNanos) {
    Response response = responses.whenExpired(exchange, nowNanos);
    if (response == Response.SILENCE || response == Response.CASE_UNCONFIRMED) {
      leaveSilent(exchange, nowNanos);
    } else {
      wires.leave(exchange);
    }
    responses.follow(exchange, response, nowNanos);
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
      wires.leave(exchange);
    }
    end(exchange);
  }

  /** The answer is of no use any more, and the server had no time to show whether it is well. */
  void release(Exchange exchange) {
    wires.leave(exchange);
    end(exchange);
  }

  private void leaveSilent(Exchange exchange, long nowNanos) {
    if (wires.leaveSilent(exchange, nowNanos) instanceof UdpSocket) {
      ladder.silent(exchange.message().rung());
    }
  }

  /** The wire of an exchange was closed under it, and this is what came of it. */
  void cutOff(Exchange exchange, Response response, long nowNanos) {
    // Whoever was told of another one may have given up this one meanwhile.
    if (!exchange.isOver()) {
      responses.follow(exchange, response, nowNanos);
    }
  }

  /** The connection of an exchange has ended. */
  void disconnected(Exchange exchange, boolean wasOpen, long nowNanos) {
    if (!exchange.isOver()) {
      responses.disconnected(exchange, wasOpen, nowNanos);
    }
  }

  /** Closes everything as soon as nothing is in flight. */
  void retire() {
    retired = true;
    closeIfDone();
  }

  /** Closes everything and forgets what was in flight. */
  void close() {
    wires.closeAll();
    count(-outstanding);
  }

  private void closeIfDone() {
    if (retired && outstanding == 0) {
      close();
    }
  }

  /** The message for an exchange that is about to go out on a wire. */
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

  /** An exchange is over, and its pool is told now, or knows it. */
  void end(Exchange exchange) {
    exchange.end();
    wheel.remove(exchange);
    count(-1);
    closeIfDone();
  }

  private void count(int queries) {
    outstanding += queries;
    health.count(queries);
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
}
