// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 connection, with one request at a time. Used on the channel's event loop only. */
final class HttpConnection {
  /** Bytes accepted for the status line, and for all header lines together. */
  static final int MAX_HEADERS = 8 << 10;

  private final HttpConnections pool;
  private final HttpAnswer answer;
  private @Nullable ChannelHandlerContext context;
  private long idleSince;

  HttpConnection(HttpConnections pool) {
    this.pool = pool;
    this.answer = new HttpAnswer(() -> pool.release(this));
  }

  ChannelHandler[] handlers() {
    HttpDecoderConfig limits =
        new HttpDecoderConfig().setMaxInitialLineLength(1 << 10).setMaxHeaderSize(MAX_HEADERS);
    return new ChannelHandler[] {
      new HttpClientCodec(limits, false, false), answer,
    };
  }

  void opened(ChannelHandlerContext now) {
    context = now.pipeline().context(answer);
    now.channel().closeFuture().addListener(gone -> pool.remove(this));
  }

  void send(HttpConnections.Request request) {
    ChannelHandlerContext to = Objects.requireNonNull(context);
    request.goesBy(to.channel());
    answer.send(
        to,
        request.message,
        outcome -> {
          pool.answered(outcome);
          request.tell(outcome);
        });
  }

  void idleSince(long nanoTime) {
    idleSince = nanoTime;
  }

  long idleSince() {
    return idleSince;
  }

  void close() {
    Objects.requireNonNull(context).close();
  }
}
