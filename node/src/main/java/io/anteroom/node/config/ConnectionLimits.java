// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.List;

/**
 * Limits for the connections of one listener, on all event loops together.
 *
 * @param idleTimeout after which a connection is closed that has no query in flight, has not
 *     finished one that it has begun, or does not read its answers
 * @param maxConnections open connections; for another one, a connection of a client or network with
 *     many is closed, or else that one, and counted
 * @param maxConnectionsPerClient those of one address, or one /64 of IPv6
 * @param maxPipelined queries in flight on one connection; reading stops until one is answered
 * @param maxQueriesPerClient those on all connections of one client; reading of all of them stops.
 *     Over HTTPS and QUIC further queries are refused instead
 */
public record ConnectionLimits(
    Duration idleTimeout,
    int maxConnections,
    int maxConnectionsPerClient,
    int maxPipelined,
    int maxQueriesPerClient) {
  public static final ConnectionLimits DEFAULTS =
      new ConnectionLimits(Duration.ofSeconds(10), 1_000, 100, 100, 1_000);

  static final List<String> KEYS =
      List.of(
          "idle-timeout",
          "max-connections",
          "max-connections-per-client",
          "max-pipelined",
          "max-queries-per-client");

  /** By default a client may have so many queries in flight for each of its connections. */
  private static final int QUERIES_PER_CONNECTION = 10;

  private static final int MAX_CONNECTIONS = 1_000_000;

  static ConnectionLimits read(SettingsReader block) {
    int perClient =
        block.integer(
            "max-connections-per-client", DEFAULTS.maxConnectionsPerClient, 1, MAX_CONNECTIONS);
    int pipelined = block.integer("max-pipelined", DEFAULTS.maxPipelined, 1, 0xffff);
    int queries = Math.max(pipelined, QUERIES_PER_CONNECTION * perClient);
    return new ConnectionLimits(
        block.duration(
            "idle-timeout", DEFAULTS.idleTimeout, Duration.ofMillis(10), Duration.ofHours(1)),
        block.integer("max-connections", DEFAULTS.maxConnections, 1, MAX_CONNECTIONS),
        perClient,
        pipelined,
        block.integer(
            "max-queries-per-client", queries, 1, QUERIES_PER_CONNECTION * MAX_CONNECTIONS));
  }
}
