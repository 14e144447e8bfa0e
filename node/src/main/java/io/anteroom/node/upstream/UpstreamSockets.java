// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.upstream.Fallbacks.Response;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The UDP sockets and TCP connections to one server: sends queries on them and closes those that
 * are idle, full or broken. When a socket is closed while queries are in flight on it, the {@link
 * Forwarder} decides what happens to them. Confined to the thread of its forwarder.
 */
final class UpstreamSockets {
  /** Time without use after which a socket without queries in flight is closed. */
  private static final long IDLE_NANOS = Duration.ofSeconds(10).toNanos();

  /** Most queries in flight on the current TCP connection. */
  private static final int MAX_PIPELINED = 2_000;

  private final Forwarder forwarder;
  private final SocketOpening opening;
  private final DeadlineWheel wheel;
  private final RandomBits random;
  private final Counters<Counter> counters;
  private final UdpSockets sockets;
  private final TcpConnections connections = new TcpConnections();
  private final boolean overTcpOnly;
  private final boolean staysOpen;

  UpstreamSockets(
      Forwarder forwarder,
      PoolSettings settings,
      SocketOpening opening,
      DeadlineWheel wheel,
      RandomBits random,
      Counters<Counter> counters) {
    this.forwarder = forwarder;
    this.opening = opening;
    this.wheel = wheel;
    this.random = random;
    this.counters = counters;
    this.overTcpOnly = settings.has(ChannelFlag.USE_VC) || opening.isOverTls();
    this.staysOpen = settings.has(ChannelFlag.STAY_OPEN);
    this.sockets =
        new UdpSockets(
            settings.sockets().sockets(),
            settings.sockets().udpMaxQueries(),
            settings.sockets().socketLife().toNanos(),
            random,
            now -> open(() -> new UdpSocket(forwarder, new IdSpace(random), now), now));
  }

  /** UDP sockets that are open, in use and draining. */
  int socketCount() {
    return sockets.size();
  }

  /**
   * Sends a query over the pool's first transport, with its full timeout; false if there is no
   * room.
   */
  boolean send(Exchange exchange, long nowNanos) {
    if (!overTcpOnly && sendOverUdp(exchange, nowNanos)) {
      return true;
    }
    // If no UDP socket can be opened, an open TCP connection is used.
    boolean instead = opening.isFailing() && connections.current() != null;
    return (overTcpOnly || instead) && sendOverTcp(exchange, nowNanos);
  }

  private boolean sendOverUdp(Exchange exchange, long nowNanos) {
    UdpSocket socket = sockets.pick(nowNanos);
    List<Exchange> orphans = List.of();
    if (socket == null && sockets.isFull()) {
      // All sockets in use were replaced because of timeouts, twice over: the oldest has waited
      // long enough.
      orphans = sockets.closeOldest();
      socket = sockets.pick(nowNanos);
    }
    boolean sent = socket != null && socket.send(exchange, nowNanos);
    if (sent) {
      counters.increment(Counter.UPSTREAM_QUERIES);
      schedule(exchange, nowNanos);
    }
    for (Exchange orphan : orphans) {
      forwarder.cutOff(orphan, Response.SILENCE, nowNanos);
    }
    return sent;
  }

  /** Sends a query over TCP, with its full timeout; false if there is no room. */
  boolean sendOverTcp(Exchange exchange, long nowNanos) {
    boolean sent = moveToTcp(exchange, nowNanos);
    if (sent) {
      schedule(exchange, nowNanos);
    }
    return sent;
  }

  /** Sends a query over TCP within the time left for it; false if there is no room. */
  boolean moveToTcp(Exchange exchange, long nowNanos) {
    TcpConnection tcp = connections.current();
    if (tcp != null && (tcp.isGone() || tcp.ids().size() >= IdSpace.SIZE / 2)) {
      // Or most ids belong to queries that the server never answered.
      lose(tcp, nowNanos);
      tcp = connections.current();
    }
    if (tcp == null) {
      tcp = open(() -> opening.connection(forwarder, new IdSpace(random), nowNanos), nowNanos);
    }
    if (tcp == null) {
      return false;
    }
    connections.set(tcp);
    if (tcp.inFlight() >= MAX_PIPELINED || !tcp.isWritable() || !tcp.send(exchange, nowNanos)) {
      return false;
    }
    counters.increment(Counter.UPSTREAM_QUERIES);
    return true;
  }

  private void schedule(Exchange exchange, long nowNanos) {
    wheel.remove(exchange);
    wheel.add(exchange, nowNanos + exchange.timeoutNanos(), nowNanos);
  }

  private <W extends UpstreamSocket> @Nullable W open(Supplier<W> maker, long nowNanos) {
    W wire = opening.isPossible(nowNanos) ? maker.get() : null;
    if (wire == null || !opening.open(wire, nowNanos)) {
      return null;
    }
    if (!staysOpen) {
      wheel.add(wire, nowNanos + IDLE_NANOS, nowNanos);
    }
    return wire;
  }

  /** Removes an exchange from its socket; returns the socket, or null if it was on none. */
  @Nullable UpstreamSocket leave(Exchange exchange) {
    UpstreamSocket wire = remove(exchange);
    if (wire instanceof StreamConnection streams) {
      streams.leave(exchange.id());
    }
    return wire;
  }

  private @Nullable UpstreamSocket remove(Exchange exchange) {
    UpstreamSocket wire = exchange.wire();
    if (wire != null) {
      wire.remove(exchange);
      if (wire instanceof UdpSocket udp) {
        sockets.closeIfDrained(udp);
      } else if (wire instanceof TcpConnection tcp) {
        connections.closeIfDrained(tcp);
      }
    }
    return wire;
  }

  /** Removes an exchange that has been answered; over TCP its message id is released. */
  void leaveAnswered(Exchange exchange) {
    if (remove(exchange) instanceof TcpConnection tcp) {
      tcp.ids().release(exchange.id());
    }
  }

  /**
   * Removes an exchange that got no answer, and sends no new queries on its socket, where they may
   * get no answer either.
   */
  @Nullable UpstreamSocket leaveSilent(Exchange exchange, long nowNanos) {
    UpstreamSocket wire = leave(exchange);
    if (wire instanceof UdpSocket udp) {
      sockets.retire(udp);
    } else if (wire instanceof TcpConnection tcp && !tcp.heardSince(exchange)) {
      lose(tcp, nowNanos);
    } else if (wire instanceof StreamConnection) {
      // Others are answered, and a stream holds up no other.
      return wire;
    } else if (wire instanceof TcpConnection tcp) {
      // Other queries are answered on this connection and stay on it. The next try of this one must
      // not queue behind what holds it up, so it uses a new connection.
      TcpConnection crowdedOut = connections.retire(tcp);
      if (crowdedOut != null) {
        lose(crowdedOut, nowNanos);
      }
    }
    return wire;
  }

  /**
   * Checks whether a socket is still used, and closes or retires it if not. It has just left the
   * wheel.
   */
  void idle(UpstreamSocket wire, long nowNanos) {
    long left = wire.inFlight() > 0 ? IDLE_NANOS : IDLE_NANOS - (nowNanos - wire.usedNanos());
    if (left > 0) {
      wheel.add(wire, nowNanos + left, nowNanos);
    } else if (wire instanceof UdpSocket udp) {
      sockets.retire(udp);
    } else {
      wire.close();
    }
  }

  /** A socket has failed, could not be opened, or was closed by the server. */
  void broken(UpstreamSocket wire, long nowNanos) {
    if (wire instanceof TcpConnection tcp) {
      lose(tcp, nowNanos);
    } else if (wire instanceof UdpSocket udp) {
      // An ICMP error: the server is unreachable for all queries on this socket.
      close(udp, Response.UNREACHABLE, nowNanos);
    }
  }

  /** Closes a UDP socket, with this response for the queries in flight on it. */
  void close(UdpSocket socket, Response response, long nowNanos) {
    sockets.close(socket).forEach(exchange -> forwarder.cutOff(exchange, response, nowNanos));
  }

  /** The stream of a query has ended without an answer. Returns the exchange, if it waits there. */
  @Nullable Exchange streamEnded(StreamConnection connection, int id) {
    Exchange exchange = connection.find(id);
    if (exchange != null) {
      remove(exchange);
    }
    connection.ids().release(id);
    return exchange;
  }

  /** The server takes no further queries on a connection. */
  void leaving(StreamConnection connection, long nowNanos) {
    counters.increment(Counter.UPSTREAM_GOAWAY);
    TcpConnection crowdedOut = connections.retire(connection);
    if (crowdedOut != null) {
      lose(crowdedOut, nowNanos);
    }
  }

  private void lose(TcpConnection tcp, long nowNanos) {
    List<Exchange> exchanges = connections.close(tcp);
    if (!exchanges.isEmpty()) {
      counters.increment(Counter.UPSTREAM_CONNECTIONS_LOST);
    }
    for (Exchange exchange : exchanges) {
      forwarder.disconnected(exchange, tcp.isOpen(), nowNanos);
    }
  }

  /** Closes all sockets and drops the queries in flight. */
  void closeAll() {
    sockets.closeAll().forEach(wheel::remove);
    connections.closeAll().forEach(wheel::remove);
  }
}
