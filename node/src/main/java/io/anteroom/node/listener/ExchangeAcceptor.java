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
   * Takes no more queries, and tells the clients so; what is in flight is still answered. The
   * socket has been closed already.
   */
  void stopTaking();

  /** Closes all connections. */
  void closeAll();
}
