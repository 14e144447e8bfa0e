// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.ConnectorSettings;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * Sets up the pipeline of a new connection: TLS if configured, whose ALPN (RFC 7301) selects
 * HTTP/1.1 or HTTP/2.
 */
final class HttpOpener extends ChannelInitializer<Channel> {
  private static final long HANDSHAKE_MILLIS = 5_000;

  private final HttpConnections pool;
  private final ConnectorSettings.Http settings;
  private final @Nullable SslContext tls;
  private final String host;
  private final int port;
  private final HttpConnections.Request request;

  /** Creates the opener of a connection for this request. */
  HttpOpener(
      HttpConnections pool,
      ConnectorSettings.Http settings,
      @Nullable SslContext tls,
      String host,
      int port,
      HttpConnections.Request request) {
    super();
    this.pool = pool;
    this.settings = settings;
    this.tls = tls;
    this.host = host;
    this.port = port;
    this.request = request;
  }

  @Override
  protected void initChannel(Channel channel) {
    if (tls == null) {
      channel
          .pipeline()
          .addLast(new Begin(settings.http2() == ConnectorSettings.Http2.PRIOR_KNOWLEDGE));
    } else {
      SslHandler handler = tls.newHandler(channel.alloc(), host, port);
      handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
      channel.pipeline().addLast(handler, new Handshake(handler));
    }
  }

  private void begin(ChannelHandlerContext context, boolean http2) {
    if (http2) {
      context.pipeline().addLast(new Http2Connection(pool, request).handlers());
    } else {
      HttpConnection connection = new HttpConnection(pool);
      context.pipeline().addLast(connection.handlers());
      pool.onHttp1(context, connection, request);
    }
  }

  /** Starts a connection without TLS. */
  private final class Begin extends ChannelInboundHandlerAdapter {
    private final boolean http2;

    Begin(boolean http2) {
      super();
      this.http2 = http2;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      begin(context, http2);
      context.pipeline().remove(this);
      context.fireChannelActive();
    }
  }

  /** Waits for the TLS handshake. */
  private final class Handshake extends ChannelInboundHandlerAdapter {
    private final SslHandler handler;

    Handshake(SslHandler handler) {
      super();
      this.handler = handler;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (!(event instanceof SslHandshakeCompletionEvent shaken)) {
        context.fireUserEventTriggered(event);
      } else if (shaken.isSuccess()) {
        begin(context, ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol()));
        context.pipeline().remove(this);
      } else {
        pool.onUnreachable(request, HttpAnswer.detail(shaken.cause()));
        context.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      context.close();
    }
  }
}
