// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;

/** What is spoken on QUIC connections. One for each listener, used on all event loops. */
interface QuicStreams {
  /** The ALPN name. */
  String protocol();

  /** The error codes of the protocol. */
  Codes codes();

  /**
   * Error codes.
   *
   * @param done the connection ends in peace
   * @param unanswered a query has ended without an answer
   * @param cancelled the client did not want the answer
   * @param broken the client has broken the rules
   * @param excessive the client asks for too much
   */
  record Codes(int done, int unanswered, int cancelled, int broken, int excessive) {}

  /** Sets limits of streams that only this protocol has. */
  void limit(QuicServerCodecBuilder codec);

  /** Adds what the protocol needs to a new connection, behind the connection's own handler. */
  void addTo(QuicConnection connection, ChannelPipeline pipeline);

  /**
   * A client has opened a stream, on which nothing has been read yet.
   *
   * @return whether it has been taken and registered; if not, the handlers of {@link #addTo} get it
   */
  boolean opened(QuicConnection connection, QuicStreamChannel stream);

  /**
   * Tells a client that no more queries are taken on its connection, if the protocol has a word for
   * that.
   *
   * @param firstRefused the lowest stream of the client that has not been opened yet
   */
  void stopTaking(QuicChannel connection, long firstRefused);
}
