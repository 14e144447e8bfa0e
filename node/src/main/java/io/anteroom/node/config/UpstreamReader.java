// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** Reads an upstream pool, and refuses a server that is this node itself. */
final class UpstreamReader {
  private static final String SYSTEM = "system";
  private static final int DNS_PORT = 53;
  private static final int MAX_OUTSTANDING = 1_000_000;

  private final Machine machine;
  private final ListenersReader listeners;

  UpstreamReader(Machine machine, ListenersReader listeners) {
    this.machine = machine;
    this.listeners = listeners;
  }

  PoolSettings read(String name, SettingsReader block) {
    PoolSettings defaults = PoolSettings.of(name, List.of());
    return new PoolSettings(
        name,
        servers(name, block),
        block.duration("timeout", defaults.timeout(), Duration.ofMillis(1), Duration.ofMinutes(1)),
        block.integer("tries", defaults.tries(), 1, 10),
        block.duration(
            "deadline", defaults.deadline(), Duration.ofMillis(1), Duration.ofMinutes(1)),
        block.integer("sockets", defaults.sockets(), 1, 256),
        block.integer("udp-max-queries", defaults.udpMaxQueries(), 1, Integer.MAX_VALUE),
        block.duration(
            "socket-life", defaults.socketLife(), Duration.ofSeconds(1), Duration.ofDays(1)),
        block.integer("max-outstanding", defaults.maxOutstanding(), 1, MAX_OUTSTANDING));
  }

  /** Other pools than the default one must say what they are made of. */
  private List<InetSocketAddress> servers(String name, SettingsReader block) {
    boolean fromSystem = name.equals(PoolSettings.DEFAULT) && !block.has("servers");
    if (fromSystem || (!block.isList("servers") && SYSTEM.equals(block.text("servers", "")))) {
      machine.servers().stream()
          .filter(listeners::include)
          .forEach(server -> block.error("servers", ownListener(server) + " (from resolv.conf)"));
      return machine.servers();
    }
    block.require("servers");
    return block.list("servers", List::of, this::server);
  }

  private InetSocketAddress server(String text) {
    InetSocketAddress server = Addresses.withPortOr(DNS_PORT, text);
    InetAddress address = server.getAddress();
    if (server.getPort() == 0 || address.isAnyLocalAddress() || address.isMulticastAddress()) {
      throw new IllegalArgumentException("no server can be at \"" + text + "\"");
    }
    if (listeners.include(server)) {
      throw new IllegalArgumentException(ownListener(server));
    }
    return server;
  }

  private static String ownListener(InetSocketAddress server) {
    return Addresses.text(server) + " is one of this node's own listeners";
  }
}
