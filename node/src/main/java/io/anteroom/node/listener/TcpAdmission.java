// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ConnectionLimits;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Admission control of one TCP listener: decides whether there is room for another connection. It
 * counts the listener's connections on all event loops together.
 *
 * <p>A client, which is an IPv4 address or an IPv6 /64, may have {@code max-connections-per-client}
 * connections. All clients of one network, an IPv4 /24 or an IPv6 /48, may together have half of
 * {@code max-connections}. When a network or the listener is full, another connection is closed to
 * make room for the new one (RFC 7766 section 6.2.3), if the network that loses it then still has
 * at least as many connections as the network that gains one; within one network, the same holds
 * for its clients. Connections with a query in flight are closed only if their network has more
 * than a quarter of {@code max-connections}. So neither one client nor two busy networks can keep
 * all others out.
 *
 * <p>It also counts the queries in flight of each client on all its connections. A client that has
 * {@code max-queries-per-client} of them is not read from, or its further queries are refused,
 * where each has a stream or request of its own; its connections stay.
 *
 * <p>Safe for any thread; the lock is held for a few look-ups, when a connection opens and when it
 * closes. The connection to close is the best of a sample of {@value #SAMPLE}, spread evenly over
 * all. A network with many connections is represented in the sample, and the work does not grow
 * with the number of connections.
 */
final class TcpAdmission {
  private static final int SAMPLE = 32;

  private final int maxConnections;
  private final int maxPerClient;
  private final int maxPerNetwork;
  private final int maxQueries;
  private final Counters<Counter> counters;
  private final Counter gaveWay;
  private final RandomGenerator random;
  private final Map<Netmask, Group> groups = new HashMap<>();
  private final List<Seat> seats = new ArrayList<>();

  /**
   * Admission to one listener.
   *
   * @param atMost most connections for which there are file descriptors
   * @param random chooses the sample, so that clients can't predict which connections are in it
   */
  TcpAdmission(
      ConnectionLimits limits, int atMost, Counters<Counter> counters, RandomGenerator random) {
    this(limits, atMost, counters, Counter.TCP_GAVE_WAY, random);
  }

  /**
   * The same for connections of another transport.
   *
   * @param gaveWay counts connections that were closed to make room
   */
  TcpAdmission(
      ConnectionLimits limits,
      int atMost,
      Counters<Counter> counters,
      Counter gaveWay,
      RandomGenerator random) {
    this.gaveWay = gaveWay;
    this.maxConnections = Math.min(atMost, limits.maxConnections());
    this.maxPerClient = limits.maxConnectionsPerClient();
    this.maxPerNetwork = Math.max(maxPerClient, maxConnections / 2);
    this.maxQueries = limits.maxQueriesPerClient();
    this.counters = counters;
    this.random = random;
  }

  /** The connections of one client, or of one network. */
  private static final class Group {
    private final Netmask netmask;
    private final AtomicInteger queries = new AtomicInteger();
    private int size;

    Group(Netmask netmask) {
      this.netmask = netmask;
    }
  }

  /**
   * The record of one connection. Its owner reports when it becomes busy or idle; it starts as
   * busy.
   */
  static final class Seat {
    private static final long BUSY = Long.MIN_VALUE;
    private static final int LEFT = -1;

    private final Channel channel;
    private final Group client;
    private final Group network;
    private final int maxQueries;
    private int index;
    private volatile long idleSince = BUSY;

    private Seat(Channel channel, Group client, Group network, int maxQueries, int index) {
      this.channel = channel;
      this.client = client;
      this.network = network;
      this.maxQueries = maxQueries;
      this.index = index;
    }

    /**
     * Whether the client may have another query in flight, on any connection. Connections on
     * several event loops may each take one more at the same time.
     */
    boolean mayTake() {
      return client.queries.get() < maxQueries;
    }

    /** A query of the client is in flight. */
    void took() {
      client.queries.incrementAndGet();
    }

    /** So many of its queries are in flight no more, or count no more. */
    void gave(int ended) {
      client.queries.addAndGet(-ended);
    }

    /** A query is in flight. */
    void busy() {
      idleSince = BUSY;
    }

    /** No query is in flight any more. */
    void idle(long nowNanos) {
      idleSince = nowNanos;
    }

    /**
     * Whether it should be closed rather than the other: idle connections first, then those of
     * larger networks and clients, then those that have been idle longest.
     */
    private boolean isBefore(Seat other) {
      long mine = idleSince;
      long others = other.idleSince;
      if ((mine == BUSY) != (others == BUSY)) {
        return others == BUSY;
      }
      if (network.size != other.network.size) {
        return network.size > other.network.size;
      }
      return client.size != other.client.size ? client.size > other.client.size : mine - others < 0;
    }
  }

  /**
   * Admits a new connection, which counts until it {@linkplain #leave leaves}; null if there is no
   * room. A connection that has to make room is counted and closed.
   */
  synchronized @Nullable Seat admit(Channel channel, InetAddress from) {
    Group client = group(Netmask.around(from, 32, 64));
    Group network = group(Netmask.around(from, 24, 48));
    if (client.size >= maxPerClient || !makeRoom(client, network)) {
      return null;
    }
    Seat seat = new Seat(channel, client, network, maxQueries, seats.size());
    seats.add(seat);
    join(client);
    join(network);
    return seat;
  }

  private Group group(Netmask netmask) {
    Group known = groups.get(netmask);
    return known == null ? new Group(netmask) : known;
  }

  private boolean makeRoom(Group client, Group network) {
    boolean networkIsFull = network.size >= maxPerNetwork;
    if (!networkIsFull && seats.size() < maxConnections) {
      return true;
    }
    Seat loser = loser(client, network, networkIsFull);
    if (loser == null) {
      return false;
    }
    counters.increment(gaveWay);
    leave(loser);
    loser.channel.close();
    return true;
  }

  private @Nullable Seat loser(Group client, Group network, boolean within) {
    Seat best = null;
    int size = seats.size();
    long start = random.nextInt(size);
    for (long i = 0; i < SAMPLE; i++) {
      Seat seat = seats.get((int) ((start + i * size / SAMPLE) % size));
      boolean same = seat.network == network;
      if ((same || !within)
          && mayLose(seat, same ? seat.client.size - client.size : seat.network.size - network.size)
          && (best == null || seat.isBefore(best))) {
        best = seat;
      }
    }
    return best;
  }

  /**
   * Whether a connection may be closed for the new one. {@code more} is how many more connections
   * its group has than the group of the new one.
   */
  private boolean mayLose(Seat seat, int more) {
    return more > 1 && (seat.idleSince != Seat.BUSY || seat.network.size > maxConnections / 4);
  }

  /** The connection has closed; does nothing if it was closed to make room. */
  synchronized void leave(Seat seat) {
    if (seat.index == Seat.LEFT) {
      return;
    }
    Seat last = seats.remove(seats.size() - 1);
    if (last != seat) {
      seats.set(seat.index, last);
      last.index = seat.index;
    }
    seat.index = Seat.LEFT;
    leave(seat.client);
    leave(seat.network);
  }

  private void join(Group group) {
    if (group.size++ == 0) {
      groups.put(group.netmask, group);
    }
  }

  private void leave(Group group) {
    if (--group.size == 0) {
      groups.remove(group.netmask);
    }
  }
}
