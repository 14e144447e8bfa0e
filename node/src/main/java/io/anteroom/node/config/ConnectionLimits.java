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
 */
public record ConnectionLimits(
    Duration idleTimeout, int maxConnections, int maxConnectionsPerClient, int maxPipelined) {
  public static final ConnectionLimits DEFAULTS =
      new ConnectionLimits(Duration.ofSeconds(10), 1_000, 100, 100);

  static final List<String> KEYS =
      List.of("idle-timeout", "max-connections", "max-connections-per-client", "max-pipelined");

  private static final int MAX_CONNECTIONS = 1_000_000;

  static ConnectionLimits read(SettingsReader block) {
    return new ConnectionLimits(
        block.duration(
            "idle-timeout", DEFAULTS.idleTimeout, Duration.ofMillis(10), Duration.ofHours(1)),
        block.integer("max-connections", DEFAULTS.maxConnections, 1, MAX_CONNECTIONS),
        block.integer(
            "max-connections-per-client", DEFAULTS.maxConnectionsPerClient, 1, MAX_CONNECTIONS),
        block.integer("max-pipelined", DEFAULTS.maxPipelined, 1, 0xffff));
  }
}
