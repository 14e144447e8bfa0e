// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.Netmask;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * How many TCP connections one listener has, on all event loops together, and whether there is room
 * for another.
 *
 * <p>A client may have {@code max-connections-per-client} connections, by its address, or its /64
 * of IPv6; and all clients of one network, a /24 or a /48, may have half of {@code
 * max-connections}. So no client keeps all others out. Safe for any thread; the lock is held for
 * two look-ups in a table, when a connection opens and when it closes.
 */
final class TcpAdmission {
  private final int maxConnections;
  private final int maxPerClient;
  private final Map<Netmask, Integer> connectionsOf = new HashMap<>();
  private int connections;

  /** Takes how many connections there are descriptors for. */
  TcpAdmission(ListenerSettings settings, int atMost) {
    this.maxConnections = Math.min(atMost, settings.maxConnections());
    this.maxPerClient = settings.maxConnectionsPerClient();
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
}
