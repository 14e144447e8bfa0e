// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;

/**
 * Observer of the sockets of a pool, like {@code sock_state_cb} in c-ares. For each socket {@link
 * #opened} is called once, then {@link #wants} whenever its interest changes, then {@link #closed}
 * once. All calls come on the event loop of the pool and must not block; exceptions are logged and
 * have no other effect.
 *
 * <p>It is for observation only: the pool itself reads and writes.
 */
public interface SocketListener {
  /** Ignores all calls. */
  SocketListener NONE = new SocketListener() {};

  /**
   * Identity of a socket.
   *
   * @param number unique within the process
   * @param transport UDP, or TCP for every connection, also with TLS
   * @param server at the other end
   */
  record Socket(long number, Transport transport, InetSocketAddress server) {}

  /** A socket has been created. */
  default void opened(Socket socket) {}

  /**
   * The events that the socket waits for have changed.
   *
   * @param read whether it waits for data to read
   * @param write whether it waits for a connection to open, or for room in the send buffer
   */
  default void wants(Socket socket, boolean read, boolean write) {}

  /** The socket has been closed. */
  default void closed(Socket socket) {}
}
