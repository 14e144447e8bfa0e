// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerHost;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.tls.QuicLibrary;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A QUIC connection to a server that is being opened, in the pipeline of its UDP socket. On the
 * event loop.
 *
 * @param timeoutMillis of the handshake
 */
record QuicOpening(
    ServerSettings server, QuicSslContext tls, QuicRequests requests, int timeoutMillis) {
  static final String PROTOCOL = "doq";

  /** A connection without queries is closed by the pool before. */
  private static final int IDLE_SECONDS = 30;

  private static final int MAX_MESSAGE = 2 + 65_535;
  private static final int MAX_DATA = 1 << 20;

  /**
   * Why the native library of QUIC can't be loaded here; null if it can. The first call loads it.
   */
  static @Nullable String whyImpossible() {
    String missing = QuicLibrary.whyMissing();
    return missing == null ? null : "QUIC can't be loaded here: " + missing;
  }

  /** The handlers of the UDP socket, in this order. */
  ChannelHandler[] handlers() {
    ServerSettings.Tls names = server.tls();
    String name =
        names == null || names.name() == null
            ? ServerHost.of(server.address().getAddress())
            : names.name();
    ChannelHandler codec =
        new QuicClientCodecBuilder()
            .sslEngineProvider(
                channel -> tls.newEngine(channel.alloc(), name, server.address().getPort()))
            .sslTaskExecutor(ForkJoinPool.commonPool())
            .maxIdleTimeout(IDLE_SECONDS, TimeUnit.SECONDS)
            .initialMaxData(MAX_DATA)
            .initialMaxStreamDataBidirectionalLocal(MAX_MESSAGE)
            .build();
    return new ChannelHandler[] {codec, requests};
  }

  /** Begins the handshake on a UDP socket that is connected. */
  Future<QuicChannel> begin(Channel udp) {
    Promise<QuicChannel> ready = udp.eventLoop().newPromise();
    QuicChannel.newBootstrap(udp)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
        .handler(requests.limits())
        .streamHandler(new Refused())
        .remoteAddress(server.address())
        .connect()
        .addListener((Future<QuicChannel> done) -> shaken(done, udp, ready));
    return ready;
  }

  private void shaken(Future<QuicChannel> handshake, Channel udp, Promise<QuicChannel> ready) {
    if (!handshake.isSuccess()) {
      ready.setFailure(handshake.cause());
      return;
    }
    QuicChannel connection = handshake.getNow();
    requests.begin(connection);
    connection.closeFuture().addListener(ended -> udp.close());
    SSLEngine engine = connection.sslEngine();
    if (engine != null && PROTOCOL.equals(engine.getApplicationProtocol())) {
      ready.setSuccess(connection);
    } else {
      ready.setFailure(new SSLException("the server agrees on no DNS over QUIC (ALPN doq)"));
    }
  }

  /** Refuses streams that the server opens. */
  private static final class Refused extends ChannelInitializer<QuicStreamChannel> {
    @Override
    protected void initChannel(QuicStreamChannel stream) {
      stream.close();
    }
  }
}
