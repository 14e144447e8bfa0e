// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sender of a query, with what is needed to send the answer back.
 *
 * @param address the address of the client, by which it is known to rules, limits and filters. If a
 *     proxy has sent the query, it is the address that the proxy names
 * @param peer the address that the query came from and that a datagram with the answer goes to: the
 *     address of the client, or of its proxy. Other nodes do not know it, and have the client's
 * @param connection the number of the connection on its listener; 0 for datagrams
 * @param listener the name of the listener; empty on other nodes than the one that received the
 *     query
 * @param arrivedNanos when the query was read, on the clock of {@code System.nanoTime()}; 0 if that
 *     is not known. Two queries of the same client are equal without it
 * @param session what the client has told about itself; two queries are equal without it, too
 */
public record Client(
    InetSocketAddress address,
    InetSocketAddress peer,
    Transport transport,
    long connection,
    String listener,
    long arrivedNanos,
    Session session) {

  /** A client without a proxy. */
  public Client(
      InetSocketAddress address,
      Transport transport,
      long connection,
      String listener,
      long arrivedNanos,
      Session session) {
    this(address, address, transport, connection, listener, arrivedNanos, session);
  }

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

  /** Who the client is; empty if that is not known. */
  public String identity() {
    return session.identity();
  }

  /** The same client, which has told this about itself. */
  public Client withSession(Session told) {
    return new Client(address, peer, transport, connection, listener, arrivedNanos, told);
  }

  /** The same client over another transport. */
  public Client withTransport(Transport other) {
    return new Client(address, peer, other, connection, listener, arrivedNanos, session);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Client that
        && address.equals(that.address)
        && peer.equals(that.peer)
        && transport == that.transport
        && connection == that.connection
        && listener.equals(that.listener);
  }

  @Override
  public int hashCode() {
    return Objects.hash(address, peer, transport, connection, listener);
  }
}
