// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sender of a query, with what is needed to send the answer back.
 *
 * @param connection the number of the connection on its listener; 0 for datagrams
 * @param listener the name of the listener; empty on other nodes than the one that received the
 *     query
 * @param arrivedNanos when the query was read, on the clock of {@code System.nanoTime()}; 0 if that
 *     is not known. Two queries of the same client are equal without it
 * @param session what the client has told about itself; two queries are equal without it, too
 */
public record Client(
    InetSocketAddress address,
    Transport transport,
    long connection,
    String listener,
    long arrivedNanos,
    Session session) {

  public Client(InetSocketAddress address, Transport transport, long connection) {
    this(address, transport, connection, "", 0, Session.NONE);
  }

  public Client(InetSocketAddress address, Transport transport, long connection, String listener) {
    this(address, transport, connection, listener, 0, Session.NONE);
  }

  public Client(
      InetSocketAddress address,
      Transport transport,
      long connection,
      String listener,
      long arrivedNanos) {
    this(address, transport, connection, listener, arrivedNanos, Session.NONE);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Client that
        && address.equals(that.address)
        && transport == that.transport
        && connection == that.connection
        && listener.equals(that.listener);
  }

  @Override
  public int hashCode() {
    return Objects.hash(address, transport, connection, listener);
  }
}
