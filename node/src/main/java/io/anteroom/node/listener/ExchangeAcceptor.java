// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.OriginCommand;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The connections of one listening socket that have a stream for each query. Everything is called
 * on the event loop of the socket.
 */
interface ExchangeAcceptor {
  /** Sets the listener of the queries, before the socket accepts. */
  void deliverTo(ActorRef<OriginCommand> listener);

  /** Closes connections that have been idle for too long; called ten times a second. */
  void look(long nowNanos);

  /**
   * Whether the answers go through the listening socket, as with QUIC. Then it stays open until
   * {@link #closeAll} has closed the connections, and the acceptor closes it.
   */
  default boolean sharesSocket() {
    return false;
  }

  /**
   * Takes no more connections and queries, and tells the clients so; what is in flight is still
   * answered. The socket has been closed already, unless the connections share it.
   */
  void stopTaking();

  /** Closes all connections. */
  void closeAll();
}
