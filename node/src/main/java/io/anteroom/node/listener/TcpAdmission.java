// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.Netmask;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all TCP connections of one listener share, on whatever event loop they are: how many there
 * are, and how many bytes wait on them that no query has been made of yet.
 *
 * <p>A client may have {@code max-connections-per-client} connections, by its address, or its /64
 * of IPv6; and all clients of one network, a /24 or a /48, may have half of {@code
 * max-connections}. So no client keeps all others out. Safe for any thread; the lock is held for
 * two look-ups in a table, when a connection opens and when it closes.
 */
final class TcpAdmission {
  /** Waiting bytes that a connection may always have: those of a query that is still coming in. */
  private static final int OWN_BACKLOG = 4 << 10;

  private final int maxConnections;
  private final int maxPerClient;
  private final long maxBacklog;
  private final Map<Netmask, Integer> connectionsOf = new HashMap<>();
  private final AtomicLong backlog = new AtomicLong();
  private int connections;

  /** Takes how many connections there are descriptors for. */
  TcpAdmission(ListenerSettings settings, int atMost) {
    this(settings, atMost, Math.max(4 << 20, Runtime.getRuntime().maxMemory() / 32));
  }

  TcpAdmission(ListenerSettings settings, int atMost, long maxBacklog) {
    this.maxConnections = Math.min(atMost, settings.maxConnections());
    this.maxPerClient = settings.maxConnectionsPerClient();
    this.maxBacklog = maxBacklog;
  }

  /** Whether there is room for a connection; it then counts until it is {@link #closed}. */
  synchronized boolean admit(InetAddress from) {
    Netmask client = client(from);
    Netmask network = network(from);
    if (connections >= maxConnections
        || connectionsOf.getOrDefault(client, 0) >= maxPerClient
        || connectionsOf.getOrDefault(network, 0) >= Math.max(maxPerClient, maxConnections / 2)) {
      return false;
    }
    connections++;
    connectionsOf.merge(client, 1, Integer::sum);
    connectionsOf.merge(network, 1, Integer::sum);
    return true;
  }

  /** A connection that was admitted is no more. */
  synchronized void closed(InetAddress from) {
    connections--;
    leave(client(from));
    leave(network(from));
  }

  private void leave(Netmask netmask) {
    connectionsOf.computeIfPresent(netmask, (key, n) -> n == 1 ? null : n - 1);
  }

  private static Netmask client(InetAddress from) {
    return Netmask.around(from, 32, 64);
  }

  private static Netmask network(InetAddress from) {
    return Netmask.around(from, 24, 48);
  }

  /**
   * The bytes that wait on a connection have become more or fewer.
   *
   * @param before how many there were
   * @param now how many there are
   * @return false if there are too many on all connections, and this one is to blame
   */
  boolean backlog(int before, int now) {
    long all = backlog.addAndGet((long) now - before);
    return now <= OWN_BACKLOG || all <= maxBacklog;
  }
}
