// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.filter.HttpConnections.Request;
import io.anteroom.node.filter.HttpOutcome.Failed;
import io.anteroom.node.flow.SuspensionCounter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection (RFC 9113), with one stream per request. It is usable once the server's
 * SETTINGS frame has arrived, which limits the concurrent streams. Used on the channel's event loop
 * only.
 */
final class Http2Connection extends ChannelInboundHandlerAdapter {
  /** If nothing arrived for this time before a request is abandoned, the connection may be dead. */
  private static final long SILENT_NANOS = Duration.ofSeconds(2).toNanos();

  private static final int SETTINGS_SECONDS = 5;

  private final HttpConnections pool;
  private final Request first;
  private @Nullable Channel channel;
  private long mostStreams = Integer.MAX_VALUE;
  private int streams;
  private boolean ready;
  private boolean retired;
  private long readAt;

  /**
   * Creates the handler of a new connection.
   *
   * @param pool notified when the connection is usable
   */
  Http2Connection(HttpConnections pool, Request first) {
    super();
    this.pool = pool;
    this.first = first;
  }

  ChannelHandler[] handlers() {
    Http2Settings settings =
        Http2Settings.defaultSettings()
            .pushEnabled(false)
            .maxHeaderListSize(HttpConnection.MAX_HEADERS);
    return new ChannelHandler[] {
      Http2FrameCodecBuilder.forClient().initialSettings(settings).build(),
      this,
      new Http2MultiplexHandler(new Refused()),
    };
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    readAt = System.nanoTime();
    context
        .executor()
        .schedule(
            () -> {
              if (!ready) {
                context.close();
              }
            },
            SETTINGS_SECONDS,
            TimeUnit.SECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    readAt = System.nanoTime();
    if (frame instanceof Http2SettingsFrame settings) {
      Long most = settings.settings().maxConcurrentStreams();
      mostStreams = most == null ? mostStreams : most;
      if (!ready) {
        ready = true;
        pool.onHttp2(this, first);
      }
    } else if (frame instanceof Http2GoAwayFrame) {
      retire();
    }
    context.fireChannelRead(frame);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    readAt = System.nanoTime();
    context.fireChannelReadComplete();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    retired = true;
    if (!ready) {
      ready = true;
      pool.onUnreachable(first, "closed before it said what it takes over HTTP/2");
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
    context.close();
  }

  boolean isUsable() {
    return !retired;
  }

  boolean hasRoom() {
    return streams < mostStreams;
  }

  void send(Request request) {
    streams++;
    HttpAnswer answer = new HttpAnswer(() -> {});
    new Http2StreamChannelBootstrap(Objects.requireNonNull(channel))
        .handler(new StreamHandlers(answer))
        .open()
        .addListener((Future<Http2StreamChannel> opened) -> onStream(opened, answer, request));
  }

  private void onStream(Future<Http2StreamChannel> opened, HttpAnswer answer, Request request) {
    if (!opened.isSuccess()) {
      onStreamEnd();
      request.tell(new Failed(SuspensionCounter.HTTP_CLOSED, HttpAnswer.detail(opened.cause())));
      return;
    }
    Http2StreamChannel stream = opened.getNow();
    stream.closeFuture().addListener(gone -> onStreamEnd());
    if (request.isDone()) {
      stream.close();
      return;
    }
    request.goesBy(stream);
    answer.send(
        stream.pipeline().context(answer),
        request.message,
        outcome -> {
          pool.answered(outcome);
          request.tell(outcome);
          stream.close();
        });
  }

  private void onStreamEnd() {
    streams--;
    closeIfDone();
  }

  /**
   * Called when a request was abandoned: if the connection has been silent for too long, later
   * requests use another one.
   */
  void onGivenUp() {
    if (!retired && System.nanoTime() - readAt >= SILENT_NANOS) {
      retire();
    }
  }

  private void retire() {
    retired = true;
    closeIfDone();
  }

  private void closeIfDone() {
    if (retired && streams == 0) {
      Objects.requireNonNull(channel).close();
    }
  }

  /** Sets up the pipeline of a request's stream. */
  private static final class StreamHandlers extends ChannelInitializer<Channel> {
    private final HttpAnswer answer;

    StreamHandlers(HttpAnswer answer) {
      super();
      this.answer = answer;
    }

    @Override
    protected void initChannel(Channel stream) {
      stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(false), answer);
    }
  }

  /** Refuses streams that the server opens. */
  @ChannelHandler.Sharable
  private static final class Refused extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
      ReferenceCountUtil.release(frame);
    }
  }
}
