// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the sockets to each server of a pool.
 *
 * @param sockets UDP sockets per server and event loop
 * @param udpMaxQueries the number of queries after which a socket is replaced
 * @param socketLife the time after which a socket is replaced
 * @param maxOutstanding queries in flight per server and event loop
 * @param localAddress the source address for servers of its family; null lets the system choose
 * @param receiveBuffer SO_RCVBUF of a UDP socket; the system may grant less
 * @param sendBuffer SO_SNDBUF of a UDP socket; 0 for the system's default
 * @param ednsSize the maximum size of an answer over UDP in bytes
 * @param cookies whether queries over UDP with EDNS carry a DNS cookie (RFC 7873)
 */
public record SocketSettings(
    int sockets,
    int udpMaxQueries,
    Duration socketLife,
    int maxOutstanding,
    @Nullable InetAddress localAddress,
    int receiveBuffer,
    int sendBuffer,
    int ednsSize,
    boolean cookies) {

  public static final SocketSettings DEFAULT =
      new SocketSettings(8, 10_000, Duration.ofSeconds(60), 32_768, null, 1 << 20, 0, 1_232, true);

  /**
   * The maximum number of sockets of a server on each event loop, including replaced ones that wait
   * for answers.
   */
  public int most() {
    return 2 * sockets + 1;
  }
}
