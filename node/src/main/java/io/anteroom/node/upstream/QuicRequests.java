// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamLimitChangedEvent;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server over QUIC (RFC 9250): one bidirectional stream for each query, which ends with it,
 * and on which the answer comes with its length before it and the end of the stream behind it. In
 * the pipeline of the UDP socket, on the event loop.
 */
final class QuicRequests extends QueryStreams {
  private static final int STREAMS = 100;
  private static final int REQUEST_CANCELLED = 3;

  private @Nullable QuicChannel connection;
  private boolean passesOn;

  QuicRequests(StreamConnection wire, ServerPool.Inbox pool) {
    super(wire, pool, STREAMS);
  }

  /** The handshake has succeeded. */
  void begin(QuicChannel established) {
    connection = established;
  }

  @Override
  boolean mayOpen() {
    return connection != null && connection.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0;
  }

  /**
   * A handler of the connection, which notices that the server allows more streams. Failures need
   * no word here: they end the handshake, a stream or the connection.
   */
  ChannelInboundHandlerAdapter limits() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void userEventTriggered(ChannelHandlerContext from, Object event) {
        if (event instanceof QuicStreamLimitChangedEvent) {
          startWaiting();
        }
        from.fireUserEventTriggered(event);
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext from, Throwable failure) {
        Survival.endIfOutOfMemory(failure);
      }
    };
  }

  @Override
  void open(ChannelHandlerContext to, Stream stream, ByteBuf query) {
    QuicChannel on = connection;
    if (on == null) {
      throw new IllegalStateException("no connection");
    }
    on.createStream(QuicStreamType.BIDIRECTIONAL, new Response(stream))
        .addListener((Future<QuicStreamChannel> opened) -> opened(opened, stream, query));
  }

  private void opened(Future<QuicStreamChannel> opened, Stream stream, ByteBuf query) {
    if (!opened.isSuccess()) {
      query.release();
      closed();
      unprocessed(stream, "no stream could be opened");
      return;
    }
    QuicStreamChannel channel = opened.getNow();
    stream.handle = channel;
    channel.closeFuture().addListener(gone -> closed());
    ByteBuf length = channel.alloc().buffer(2).writeShort(query.readableBytes());
    channel
        .writeAndFlush(Unpooled.wrappedBuffer(length, query))
        .addListener(
            done -> {
              if (done.isSuccess()) {
                channel.shutdownOutput();
              } else if (channel.parent().isActive()) {
                unprocessed(stream, "nothing could be sent on a stream");
                channel.close();
              }
            });
  }

  /**
   * Passes the answers of this turn of the event loop on together: the codec says at no time that a
   * read is complete, and the pool takes only so many bursts.
   */
  private void passOnLater() {
    if (!passesOn) {
      passesOn = true;
      context()
          .executor()
          .execute(
              () -> {
                passesOn = false;
                context().fireChannelReadComplete();
              });
    }
  }

  @Override
  void reset(ChannelHandlerContext to, Stream stream) {
    if (stream.handle instanceof QuicStreamChannel channel) {
      channel.shutdown(REQUEST_CANCELLED).addListener(done -> channel.close());
    }
  }

  @Override
  public void close(ChannelHandlerContext from, ChannelPromise promise) {
    if (connection == null) {
      from.close(promise);
    } else {
      // The code 0 is DOQ_NO_ERROR.
      connection.close(true, 0, Unpooled.EMPTY_BUFFER).addListener(done -> from.close(promise));
    }
  }

  /** Reads the stream of a query. */
  private final class Response extends ChannelInboundHandlerAdapter {
    private final Stream stream;
    private int lengthBytes;
    private int length;

    Response(Stream stream) {
      this.stream = stream;
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
      try {
        ByteBuf bytes = (ByteBuf) message;
        while (lengthBytes < 2 && bytes.isReadable()) {
          length = length << 8 | bytes.readUnsignedByte();
          lengthBytes++;
        }
        append(stream, bytes);
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext from, Object event) {
      if (event == ChannelInputShutdownReadComplete.INSTANCE) {
        if (lengthBytes < 2 || stream.length() != length) {
          fail(stream, "the stream of an answer does not have the length that it says");
        } else {
          finish(stream);
          passOnLater();
        }
        from.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
      // If the connection has ended, the pool is told of that.
      if (connection != null && connection.isActive()) {
        fail(stream, "the server ended a stream");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable failure) {
      fail(stream, "the server reset a stream: " + UpstreamSocketHandler.causeOf(failure));
      from.close();
    }
  }
}
