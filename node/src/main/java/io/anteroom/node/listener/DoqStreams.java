// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.netty.channel.ChannelPipeline;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;

/** DNS over dedicated QUIC connections (RFC 9250): each query has a stream of its own. */
final class DoqStreams implements QuicStreams {
  private static final Codes CODES =
      new Codes(
          QuicErrors.DOQ_NO_ERROR,
          QuicErrors.DOQ_INTERNAL_ERROR,
          QuicErrors.DOQ_REQUEST_CANCELLED,
          QuicErrors.DOQ_PROTOCOL_ERROR,
          QuicErrors.DOQ_EXCESSIVE_LOAD);

  /** A padded query is 128 bytes long (RFC 8467), and needs one buffer. */
  private static final int READ = 512;

  private static final int FORBIDDEN_WINDOW = 16;

  private final RecvByteBufAllocator buffers = new FixedRecvByteBufAllocator(READ);

  @Override
  public String protocol() {
    return "doq";
  }

  @Override
  public Codes codes() {
    return CODES;
  }

  /** One unidirectional stream can be opened, so that the client is told in words of RFC 9250. */
  @Override
  public void limit(QuicServerCodecBuilder codec) {
    codec.initialMaxStreamsUnidirectional(1).initialMaxStreamDataUnidirectional(FORBIDDEN_WINDOW);
  }

  @Override
  public void addTo(QuicConnection connection, ChannelPipeline pipeline) {
    // Streams are all there is.
  }

  /** Each stream that is opened later is reset (RFC 9250 has nothing else). */
  @Override
  public void stopTaking(QuicChannel connection, long firstRefused) {
    // There is no such message.
  }

  @Override
  public boolean opened(QuicConnection connection, QuicStreamChannel stream) {
    if (stream.type() == QuicStreamType.UNIDIRECTIONAL) {
      connection.broken();
      return true;
    }
    stream.config().setReadFrames(true).setRecvByteBufAllocator(buffers);
    stream.pipeline().addLast(new DoqStream(connection, stream));
    stream.parent().eventLoop().register(stream);
    return true;
  }
}
