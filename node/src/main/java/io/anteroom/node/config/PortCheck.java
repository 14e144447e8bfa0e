// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds what would listen on one TCP port of one address: the listeners on TCP ports, the admin
 * interface and the cluster. A node opens them one after the other, so that the last would fail,
 * perhaps when others have been told of the node.
 */
final class PortCheck {
  private final SettingsReader anteroom;
  private final List<Taken> taken = new ArrayList<>();

  private record Taken(String what, InetSocketAddress address) {}

  private PortCheck(SettingsReader anteroom) {
    this.anteroom = anteroom;
  }

  /** Notes an error in the reader for the admin interface and the cluster if they meet others. */
  static void check(
      SettingsReader anteroom,
      List<ListenerSettings> listeners,
      @Nullable AdminSettings admin,
      ClusterSettings cluster) {
    PortCheck ports = new PortCheck(anteroom);
    for (ListenerSettings listener : listeners) {
      if (listener.isOnTcp()) {
        ports.taken.add(
            new Taken("a listener on " + listener.transport().word(), listener.address()));
      }
    }
    if (admin != null) {
      ports.take("admin", "the admin interface", admin.address());
    }
    InetSocketAddress members = listening(cluster);
    if (members != null) {
      ports.take("cluster", "the cluster port", members);
    }
  }

  private void take(String key, String what, InetSocketAddress address) {
    taken.stream()
        .filter(other -> overlap(other.address, address))
        .findFirst()
        .ifPresent(
            other ->
                anteroom.error(
                    anteroom.has(key) ? key : "listeners",
                    "%s listens on %s, which is taken by %s on %s"
                        .formatted(
                            what,
                            Addresses.text(address),
                            other.what,
                            Addresses.text(other.address))));
    taken.add(new Taken(what, address));
  }

  /** Where the cluster listens; null for a name that only a resolver knows. */
  private static @Nullable InetSocketAddress listening(ClusterSettings cluster) {
    if (cluster.bind() != null) {
      return cluster.bind();
    }
    String host = cluster.host().equals("localhost") ? "127.0.0.1" : cluster.host();
    try {
      return new InetSocketAddress(Addresses.literal(host), cluster.port());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Whether two sockets can't both be bound; a wildcard means all addresses of its family. */
  static boolean overlap(InetSocketAddress one, InetSocketAddress other) {
    InetAddress a = one.getAddress();
    InetAddress b = other.getAddress();
    return one.getPort() != 0
        && one.getPort() == other.getPort()
        && a.getClass() == b.getClass()
        && (a.equals(b) || a.isAnyLocalAddress() || b.isAnyLocalAddress());
  }
}
