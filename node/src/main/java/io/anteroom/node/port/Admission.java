// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Limits the connections at the cluster port. A connection is new until its bytes have shown that
 * the peer speaks Pekko's protocol, for which it has a deadline. There may be only few new
 * connections, so a peer that merely opens connections can't displace existing ones. Only the
 * thread of the port uses it.
 */
final class Admission {
  private final Limits limits;
  private final Counters<Counter> counters;
  private final Set<Channel> fresh = new HashSet<>();
  private final Map<InetAddress, Integer> freshOf = new HashMap<>();
  private int all;

  /**
   * The limits.
   *
   * @param all the maximum number of connections
   * @param fresh the maximum number of new connections
   * @param freshOf the maximum number of new connections of one address
   * @param proof how long a connection may stay new
   */
  record Limits(int all, int fresh, int freshOf, Duration proof) {
    /** A member has at most three connections to each other member. */
    static final Limits DEFAULT = new Limits(1_000, 128, 32, Duration.ofSeconds(10));
  }

  Admission(Limits limits, Counters<Counter> counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Whether there is room. If so, the connection counts until it is closed. */
  boolean admit(Channel connection) {
    InetAddress from = ((InetSocketAddress) connection.remoteAddress()).getAddress();
    if (all >= limits.all()
        || fresh.size() >= limits.fresh()
        || freshOf.getOrDefault(from, 0) >= limits.freshOf()) {
      counters.increment(Counter.CLUSTER_PORT_FULL);
      return false;
    }
    all++;
    fresh.add(connection);
    freshOf.merge(from, 1, Integer::sum);
    var deadline =
        connection
            .eventLoop()
            .schedule(() -> timeUp(connection), limits.proof().toMillis(), TimeUnit.MILLISECONDS);
    connection
        .closeFuture()
        .addListener(
            closed -> {
              deadline.cancel(false);
              all--;
              proven(connection, from);
            });
    return true;
  }

  private void timeUp(Channel connection) {
    if (fresh.contains(connection)) {
      counters.increment(Counter.CLUSTER_PORT_UNPROVEN);
      connection.close();
    }
  }

  /** The peer of this connection speaks the protocol of members. */
  void proven(Channel connection) {
    proven(connection, ((InetSocketAddress) connection.remoteAddress()).getAddress());
  }

  private void proven(Channel connection, InetAddress from) {
    if (fresh.remove(connection)) {
      freshOf.computeIfPresent(from, (address, n) -> n == 1 ? null : n - 1);
    }
  }
}
