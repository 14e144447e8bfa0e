// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.tls.ClientHello;
import io.anteroom.node.tls.ServerContexts;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ClientHello of a connection, and is then replaced by the TLS engine with the
 * certificate that the client has asked for. Until then the connection has cost no cryptography: a
 * client above its rate of handshakes, or with another protocol (ALPN), is refused here.
 */
final class TlsHello extends SslClientHelloHandler<SslContext> {
  /** Enough for key shares that resist quantum computers and for all extensions of browsers. */
  private static final int MAX_HELLO = 8 << 10;

  /** A record with the fatal alert no_application_protocol (RFC 7301 section 3.2). */
  private static final byte[] NO_PROTOCOL = {21, 3, 3, 0, 2, 2, 120};

  private final Certificates<ServerContexts> certificates;
  private final HandshakeLimits limits;
  private boolean decided;

  TlsHello(Certificates<ServerContexts> certificates, HandshakeLimits limits) {
    super(MAX_HELLO);
    this.certificates = certificates;
    this.limits = limits;
  }

  /** A handshake that this class does not let begin. */
  static final class Refused extends SSLException {
    private static final long serialVersionUID = 1;

    private final Counter counter;

    private Refused(Counter counter) {
      super(counter.word());
      this.counter = counter;
    }

    Counter counter() {
      return counter;
    }

    /** It is counted, not logged, so nobody reads its stack trace. */
    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
  }

  @Override
  protected Future<SslContext> lookup(ChannelHandlerContext context, @Nullable ByteBuf hello) {
    if (decided || hello == null) {
      return context.executor().newFailedFuture(new NotSslRecordException("no ClientHello"));
    }
    InetSocketAddress client = Introduction.client(context.channel());
    Counter refused = limits.refuse(client.getAddress());
    ClientHello said = ClientHello.parse(hello);
    String serverName = said.serverName();
    if (serverName != null && IdentitySource.isHostName(serverName)) {
      Introduction.serverName(context.channel(), serverName);
    }
    if (refused == null && !certificates.contexts().accepts(said)) {
      refused = Counter.TLS_NO_PROTOCOL;
    }
    return refused == null
        ? context.executor().newSucceededFuture(certificates.contexts().of(said.serverName()))
        : context.executor().newFailedFuture(new Refused(refused));
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext context, Future<SslContext> chosen) {
    if (decided) {
      return;
    }
    decided = true;
    if (chosen.isSuccess()) {
      SslContext tls = chosen.getNow();
      SslHandler handler = tls.newHandler(context.alloc(), executor(tls));
      // The timeout of this listener includes the time for the ClientHello.
      handler.setHandshakeTimeoutMillis(0);
      // TlsEvents limits the time of the end.
      handler.setCloseNotifyFlushTimeoutMillis(0);
      context.pipeline().replace(this, "tls", handler);
    } else {
      refuse(context, chosen.cause());
    }
  }

  /**
   * The JDK computes its signatures, which take a millisecond or more, in tasks; BoringSSL, which
   * needs a tenth of that, does not.
   */
  private static Executor executor(SslContext tls) {
    return tls.sessionContext() instanceof OpenSslSessionContext
        ? ImmediateExecutor.INSTANCE
        : ForkJoinPool.commonPool();
  }

  private static void refuse(ChannelHandlerContext context, Throwable cause) {
    context.fireUserEventTriggered(new SslHandshakeCompletionEvent(cause));
    if (cause instanceof Refused refused && refused.counter() == Counter.TLS_NO_PROTOCOL) {
      context.writeAndFlush(context.alloc().buffer(NO_PROTOCOL.length).writeBytes(NO_PROTOCOL));
    }
    context.close();
  }
}
