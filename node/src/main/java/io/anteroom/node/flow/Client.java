// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;

/**
 * The sender of a query, with what is needed to send the answer back.
 *
 * @param connection the number of the connection on its listener; 0 for datagrams
 * @param listener the name of the listener; empty on other nodes than the one that received the
 *     query
 */
public record Client(
    InetSocketAddress address, Transport transport, long connection, String listener) {

  public Client(InetSocketAddress address, Transport transport, long connection) {
    this(address, transport, connection, "");
  }
}
