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
 * The sockets and connections to one server: queries are sent on them, and those that are idle,
 * full or broken are closed. What becomes of the queries on a wire that is closed under them is up
 * to the {@link Forwarder}. Confined to its thread.
 */
final class UpstreamSockets {
  /** After which a socket or connection is closed that has nothing in flight. */
  private static final long IDLE_NANOS = Duration.ofSeconds(10).toNanos();

  /** Queries in flight on the TCP connection. */
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

  /** Sockets open, in use and draining. */
  int socketCount() {
    return sockets.size();
  }

  /**
   * Sends a query in the first way of the pool, with all of its time; false if there is no room.
   */
  boolean send(Exchange exchange, long nowNanos) {
    if (!overTcpOnly && sendOverUdp(exchange, nowNanos)) {
      return true;
    }
    // Without a socket to be had, a connection that is there is the next way.
    boolean instead = opening.isFailing() && connections.current() != null;
    return (overTcpOnly || instead) && sendOverTcp(exchange, nowNanos);
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
      forwarder.cutOff(orphan, Response.SILENCE, nowNanos);
    }
    return sent;
  }

  /** Sends a query over TCP, with all of its time; false if there is no room. */
  boolean sendOverTcp(Exchange exchange, long nowNanos) {
    boolean sent = moveToTcp(exchange, nowNanos);
    if (sent) {
      schedule(exchange, nowNanos);
    }
    return sent;
  }

  /** The same with what is left of its time. */
  boolean moveToTcp(Exchange exchange, long nowNanos) {
    TcpConnection tcp = connections.current();
    if (tcp != null && tcp.ids().size() >= IdSpace.SIZE / 2) {
      // Ids of queries that it never answered.
      lose(tcp, nowNanos);
      tcp = connections.current();
    }
    if (tcp == null) {
      tcp = open(() -> new TcpConnection(forwarder, new IdSpace(random), nowNanos), nowNanos);
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

  /** Takes an exchange off its wire; returns that. */
  @Nullable UpstreamSocket leave(Exchange exchange) {
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

  /** The same for one that has been answered. */
  void leaveAnswered(Exchange exchange) {
    if (leave(exchange) instanceof TcpConnection tcp) {
      tcp.ids().release(exchange.id());
    }
  }

  /** The same for one that got no answer on its wire, so others will not get one there either. */
  @Nullable UpstreamSocket leaveSilent(Exchange exchange, long nowNanos) {
    UpstreamSocket wire = leave(exchange);
    if (wire instanceof UdpSocket udp) {
      sockets.retire(udp);
    } else if (wire instanceof TcpConnection tcp && !tcp.heardSince(exchange)) {
      lose(tcp, nowNanos);
    } else if (wire instanceof TcpConnection tcp) {
      // Others are answered there and stay; whatever holds this one up, its next try is not behind.
      TcpConnection crowdedOut = connections.retire(tcp);
      if (crowdedOut != null) {
        lose(crowdedOut, nowNanos);
      }
    }
    return wire;
  }

  /** It is time to see whether a wire is still used; it has left the wheel. */
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

  /** A wire has failed, could not be opened, or was closed by the other side. */
  void broken(UpstreamSocket wire, long nowNanos) {
    if (wire instanceof TcpConnection tcp) {
      lose(tcp, nowNanos);
    } else if (wire instanceof UdpSocket udp) {
      // An ICMP error: the server is not there, for none of these queries.
      close(udp, Response.UNREACHABLE, nowNanos);
    }
  }

  /** Closes a socket; this is what came of the queries on it. */
  void close(UdpSocket socket, Response response, long nowNanos) {
    sockets.close(socket).forEach(exchange -> forwarder.cutOff(exchange, response, nowNanos));
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

  /** Closes all, and forgets what was in flight. */
  void closeAll() {
    sockets.closeAll().forEach(wheel::remove);
    connections.closeAll().forEach(wheel::remove);
  }
}
