// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * One listener.
 *
 * @param name for rules; what it is bound to, if it was given none
 * @param receiveBuffer SO_RCVBUF in bytes, UDP only
 * @param idleTimeout after which a TCP connection is closed that has no query in flight, has not
 *     finished one that it has begun, or does not read its answers
 * @param maxConnections open TCP connections of this listener, on all event loops; for another one,
 *     a connection of a client or network with many is closed, or else that one, and counted
 * @param maxConnectionsPerClient those of one address, or one /64 of IPv6
 * @param maxPipelined queries in flight on one TCP connection; reading stops until one is answered
 */
public record ListenerSettings(
    String name,
    Transport transport,
    InetSocketAddress address,
    int receiveBuffer,
    Duration idleTimeout,
    int maxConnections,
    int maxConnectionsPerClient,
    int maxPipelined) {

  public static final int DEFAULT_RECEIVE_BUFFER = 4 << 20;
  public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(10);
  public static final int DEFAULT_MAX_CONNECTIONS = 1_000;
  public static final int DEFAULT_MAX_CONNECTIONS_PER_CLIENT = 100;
  public static final int DEFAULT_MAX_PIPELINED = 100;

  /** A listener with the defaults. */
  public static ListenerSettings of(Transport transport, InetSocketAddress address) {
    return new ListenerSettings(
        name(transport, address),
        transport,
        address,
        DEFAULT_RECEIVE_BUFFER,
        DEFAULT_IDLE_TIMEOUT,
        DEFAULT_MAX_CONNECTIONS,
        DEFAULT_MAX_CONNECTIONS_PER_CLIENT,
        DEFAULT_MAX_PIPELINED);
  }

  /** What one is called that has no name. */
  static String name(Transport transport, InetSocketAddress address) {
    return transport.word() + " " + Addresses.text(address);
  }
}
