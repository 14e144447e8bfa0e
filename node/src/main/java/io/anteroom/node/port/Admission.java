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
 * How many connections there may be at the cluster port. A connection is new until it has proven
 * that somebody speaks Pekko's protocol on it, for which it has some time; of new ones there may be
 * few, so whoever only opens connections takes the place of nobody who is there already. For the
 * thread of the port.
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
   * @param all connections at once
   * @param fresh connections that are new, at once
   * @param freshOf those of one address
   * @param proof how long a connection may be new
   */
  record Limits(int all, int fresh, int freshOf, Duration proof) {
    /** A member has at most three connections to each other one. */
    static final Limits DEFAULT = new Limits(1_000, 128, 32, Duration.ofSeconds(10));
  }

  Admission(Limits limits, Counters<Counter> counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Whether there is room; the connection then counts until it is closed. */
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

  /** Somebody speaks the protocol of members on this connection. */
  void proven(Channel connection) {
    proven(connection, ((InetSocketAddress) connection.remoteAddress()).getAddress());
  }

  private void proven(Channel connection, InetAddress from) {
    if (fresh.remove(connection)) {
      freshOf.computeIfPresent(from, (address, n) -> n == 1 ? null : n - 1);
    }
  }
}
