// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;

/**
 * Hears what becomes of the sockets of a pool, as c-ares' {@code sock_state_cb} does: for each one
 * {@link #opened}, then {@link #wants} whenever its wish changes, then {@link #closed}, each
 * exactly once but for {@code wants}. All are called on the event loop of the pool and must return
 * at once; what they throw is logged and changes nothing.
 *
 * <p>It is for watching only: reading and writing are the pool's own business.
 */
public interface SocketListener {
  /** Listens to nothing. */
  SocketListener NONE = new SocketListener() {};

  /**
   * A socket, as long as it lives.
   *
   * @param number of its own within the process
   * @param transport UDP, or TCP for every connection
   * @param server at the other end
   */
  record Socket(long number, Transport transport, InetSocketAddress server) {}

  /** There is a new socket. */
  default void opened(Socket socket) {}

  /**
   * What the socket waits for has changed.
   *
   * @param read for something to read
   * @param write for a connection to open, or for room to write
   */
  default void wants(Socket socket, boolean read, boolean write) {}

  /** The socket is gone. */
  default void closed(Socket socket) {}
}
