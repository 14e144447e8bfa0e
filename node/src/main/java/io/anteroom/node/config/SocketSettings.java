// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The sockets to each server of a pool.
 *
 * @param sockets UDP sockets per server and event loop
 * @param udpMaxQueries queries after which a socket is replaced
 * @param socketLife after which a socket is replaced
 * @param maxOutstanding queries in flight per server and event loop
 * @param localAddress to send from, to servers of its family; null leaves it to the system
 * @param receiveBuffer bytes of a UDP socket, of which the system may grant less
 * @param sendBuffer bytes of a UDP socket; 0 leaves it to the system
 * @param ednsSize bytes that an answer over UDP may have
 */
public record SocketSettings(
    int sockets,
    int udpMaxQueries,
    Duration socketLife,
    int maxOutstanding,
    @Nullable InetAddress localAddress,
    int receiveBuffer,
    int sendBuffer,
    int ednsSize) {

  public static final SocketSettings DEFAULT =
      new SocketSettings(8, 10_000, Duration.ofSeconds(60), 32_768, null, 1 << 20, 0, 1_232);

  /** How many sockets a server takes on each event loop at most: replaced ones wait for answers. */
  public int most() {
    return 2 * sockets + 1;
  }
}
