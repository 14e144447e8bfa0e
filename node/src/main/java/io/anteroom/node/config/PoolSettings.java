// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * One upstream pool.
 *
 * @param servers asked in this order, those that failed of late last; may be empty, then every
 *     query to it fails
 * @param timeout for the first try at each server; doubled each round
 * @param tries at each server
 * @param deadline for all tries together, which always wins
 * @param sockets UDP sockets per server and event loop
 * @param udpMaxQueries queries after which a socket is replaced
 * @param socketLife after which a socket is replaced
 * @param maxOutstanding queries in flight per server and event loop
 */
public record PoolSettings(
    String name,
    List<InetSocketAddress> servers,
    Duration timeout,
    int tries,
    Duration deadline,
    int sockets,
    int udpMaxQueries,
    Duration socketLife,
    int maxOutstanding) {

  public static final String DEFAULT = "default";

  public PoolSettings {
    servers = List.copyOf(servers);
  }

  /** A pool with c-ares' defaults, and a deadline of 4 s. */
  public static PoolSettings of(String name, List<InetSocketAddress> servers) {
    return new PoolSettings(
        name,
        servers,
        Duration.ofSeconds(2),
        3,
        Duration.ofSeconds(4),
        8,
        10_000,
        Duration.ofSeconds(60),
        32_768);
  }
}
