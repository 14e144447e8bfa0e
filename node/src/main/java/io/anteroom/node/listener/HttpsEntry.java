// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The start of one HTTPS connection: lets it in, and adds the handlers of the version of HTTP that
 * the client speaks. That is agreed on in the TLS handshake (ALPN; without it, HTTP/1.1), or
 * without TLS known by the first bytes.
 */
final class HttpsEntry extends ChannelInboundHandlerAdapter {
  /** Enough to tell the first bytes of HTTP/2, "PRI ", from those of a method. */
  private static final int TELLING = 4;

  private static final int PRI = 'P' << 24 | 'R' << 16 | 'I' << 8 | ' ';

  private final HttpsParts parts;
  private final ActorRef<OriginCommand> listener;
  private final Set<HttpsEntry> open;
  private @Nullable Channel channel;
  private @Nullable HttpsConnection http;
  private TcpAdmission.@Nullable Seat seat;
  private ByteBuf first = Unpooled.EMPTY_BUFFER;
  private long seenNanos;
  private boolean seen;

  /**
   * Handles one connection.
   *
   * @param open the connections of the socket, to which this one adds itself
   */
  HttpsEntry(HttpsParts parts, ActorRef<OriginCommand> listener, Set<HttpsEntry> open) {
    this.parts = parts;
    this.listener = listener;
    this.open = open;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    Channel opened = context.channel();
    channel = opened;
    InetSocketAddress from = Introduction.client(opened);
    if (!parts.acl().admits(Introduction.judged(opened))) {
      context.close();
      return;
    }
    parts.count(Counter.TCP_CONNECTIONS);
    seat = parts.admission().admit(opened, from.getAddress());
    if (seat == null) {
      parts.count(Counter.TCP_REFUSED);
      context.close();
      return;
    }
    seat.idle(System.nanoTime());
    open.add(this);
    opened.config().setAutoRead(true);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        String protocol = tls == null ? null : tls.applicationProtocol();
        if (tls != null) {
          // What is written apart is not joined: see HttpsConnection.endRecord.
          tls.setWrapDataSize(0);
        }
        begin(context, ApplicationProtocolNames.HTTP_2.equals(protocol));
      }
    } else if (event instanceof ChannelInputShutdownEvent && http == null) {
      context.close();
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (http != null) {
      context.fireChannelRead(message);
      return;
    }
    first = Unpooled.wrappedBuffer(first, (ByteBuf) message);
    if (first.readableBytes() >= TELLING) {
      begin(context, first.getInt(first.readerIndex()) == PRI);
      ByteBuf all = first;
      first = Unpooled.EMPTY_BUFFER;
      context.fireChannelRead(all);
    }
  }

  private void begin(ChannelHandlerContext context, boolean isHttp2) {
    TcpAdmission.Seat taken = seat;
    if (taken == null || http != null) {
      return;
    }
    if (isHttp2) {
      Http2Connection begun = new Http2Connection(parts, listener, taken);
      http = begun;
      context.pipeline().addLast(begun);
    } else {
      Http1Connection begun = new Http1Connection(parts, listener, taken);
      http = begun;
      int size = parts.settings().http().maxHeaderSize();
      HttpDecoderConfig config =
          new HttpDecoderConfig().setMaxInitialLineLength(size).setMaxHeaderSize(size);
      context.pipeline().addLast(new HttpRequestDecoder(config), begun);
    }
  }

  /** Closes the connection if it has been idle for too long. */
  void look(long nowNanos) {
    if (http != null) {
      http.look(nowNanos);
    } else if (!parts.front().shakesHands()) {
      lookAtStart(nowNanos);
    }
  }

  /** A handshake has a time limit of its own; without one, the first bytes must come in time. */
  private void lookAtStart(long nowNanos) {
    if (!seen) {
      seen = true;
      seenNanos = nowNanos;
    } else if (nowNanos - seenNanos >= parts.settings().connections().idleTimeout().toNanos()) {
      parts.count(Counter.TCP_IDLE);
      close();
    }
  }

  /** Takes no more requests; what is in progress is still answered. */
  void stopTaking() {
    if (http != null) {
      http.stopTaking();
    } else {
      close();
    }
  }

  void close() {
    if (channel != null) {
      channel.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    open.remove(this);
    first.release();
    first = Unpooled.EMPTY_BUFFER;
    if (seat != null) {
      parts.admission().leave(seat);
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    // A reset or a failed write; in both cases the connection can't be used any more.
    context.close();
  }
}
