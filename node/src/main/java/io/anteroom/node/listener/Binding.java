// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * How the sockets of one listener are bound, and which actor listens on each. There is one
 * implementation for each transport, and one object for each listener, for all its sockets.
 */
interface Binding {
  ListenerSettings settings();

  /**
   * Binds a socket, which does not read yet. To be called by a thread that may block.
   *
   * @param loop the number of the socket's event loop
   * @param shared whether each event loop has a socket at this address
   */
  OpenSocket bind(InetSocketAddress address, int loop, boolean shared) throws IOException;
}
