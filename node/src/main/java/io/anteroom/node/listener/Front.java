// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.netty.channel.ChannelPipeline;

/**
 * The handlers between the sockets of a listener and what reads their connections, such as those of
 * TLS. One for each listener, used by all event loops.
 */
interface Front {
  /** No handlers: the bytes of the socket are those of the messages. */
  Front NONE =
      new Front() {
        @Override
        public boolean shakesHands() {
          return false;
        }

        @Override
        public void addTo(ChannelPipeline pipeline) {
          // Nothing stands before the reader.
        }
      };

  /**
   * Whether a connection is only usable after a handshake, at whose end the handlers pass on {@link
   * io.netty.handler.ssl.SslHandshakeCompletionEvent#SUCCESS}. They close a connection whose
   * handshake takes too long.
   */
  boolean shakesHands();

  /** Adds the handlers to a new connection. */
  void addTo(ChannelPipeline pipeline);
}
