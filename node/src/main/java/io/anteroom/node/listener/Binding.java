// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Binds the sockets of one listener and knows which actor owns each. There is one implementation
 * for each transport, and one object for each listener, used for all its sockets.
 */
interface Binding {
  ListenerSettings settings();

  /**
   * Binds a socket, which does not read yet. To be called on a thread that may block.
   *
   * @param loop number of the socket's event loop
   * @param shared whether each event loop has a socket at this address (SO_REUSEPORT)
   */
  OpenSocket bind(InetSocketAddress address, int loop, boolean shared) throws IOException;
}
