// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerHost;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Shortage;
import io.anteroom.node.net.Sockets;
import io.anteroom.protocol.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ForkJoinPool;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Opens the Netty channels of a pool on its event loop.
 *
 * <p>The kernel chooses the source port of a socket: Linux, the BSDs and macOS draw it at random
 * from the ephemeral port range that the operator has configured, skip reserved ports, and find a
 * free one at the first try. A random choice over all ports in this class would add only one bit of
 * entropy and take ports that other programs on the machine are about to bind. Further entropy
 * comes from the 16 bits of the message id and from the choice of one of 8 sockets at random for
 * every query: three bits, even while a socket keeps its port.
 */
final class Channels implements Forwarder.Opener {
  /**
   * Receive buffer per datagram. Our OPT record advertises 1232 bytes, but some servers send more.
   */
  private static final int MAX_DATAGRAM = 4096;

  /** Datagrams per recvmmsg. */
  private static final int BURST = 16;

  private static final int HTTPS_PORT = 443;
  private static final int MAX_FRAME = 2 + 65_535;
  private static final WriteBufferWaterMark TCP_WRITE_BUFFER =
      new WriteBufferWaterMark(64 << 10, 256 << 10);

  private final EventLoop loop;
  private final ServerPool.Inbox pool;
  private final Counters<Counter> counters;
  private final SocketSettings sockets;
  private final int connectTimeoutMillis;
  private final SocketListener listener;

  private final TlsContexts contexts;

  Channels(
      EventLoop loop,
      ServerPool.Inbox pool,
      Counters<Counter> counters,
      SharedPool common,
      SocketListener listener) {
    PoolSettings settings = common.settings();
    this.contexts = common.tls();
    this.listener = listener;
    this.loop = loop;
    this.pool = pool;
    this.counters = counters;
    this.sockets = settings.sockets();
    this.connectTimeoutMillis = (int) Math.max(1, settings.tries().timeout().toMillis());
  }

  @Override
  public void prepare(ServerSettings server) {
    if (server.tls() != null) {
      contexts.prepare(server, server.tls());
    }
  }

  @Override
  public boolean open(UdpSocket socket, ServerSettings server) {
    InetSocketAddress address = server.address();
    Bootstrap bootstrap =
        Sockets.datagram(loop, address.getAddress(), MAX_DATAGRAM, BURST)
            .option(ChannelOption.SO_RCVBUF, sockets.receiveBuffer())
            .handler(
                watched(Transport.UDP, address, new UpstreamSocketHandler(socket, pool, counters)));
    if (sockets.sendBuffer() > 0) {
      bootstrap.option(ChannelOption.SO_SNDBUF, sockets.sendBuffer());
    }
    ChannelFuture connected = connect(socket, bootstrap, address);
    if (connected == null) {
      return false;
    }
    tellWhenOpen(socket, connected);
    return true;
  }

  @Override
  public boolean open(TcpConnection connection, ServerSettings server) {
    if (connection instanceof StreamConnection streams
        && server.carrier() instanceof ServerSettings.Carrier.Quic) {
      return openQuic(streams, server);
    }
    InetSocketAddress address =
        new InetSocketAddress(server.address().getAddress(), server.tcpPort());
    ServerSettings.Tls tls = server.tls();
    @Nullable SslHandler handler = tls == null ? null : handler(server, tls);
    Bootstrap bootstrap =
        Sockets.client(loop)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMillis)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, TCP_WRITE_BUFFER)
            .handler(watched(Transport.TCP, address, new TcpInitializer(connection, handler)));
    ChannelFuture connected = connect(connection, bootstrap, address);
    if (connected == null) {
      return false;
    }
    if (handler == null) {
      tellWhenOpen(connection, connected);
    } else {
      tellIfBroken(connection, connected);
      tellWhenOpen(connection, ready(connection, server, handler));
    }
    return true;
  }

  private boolean openQuic(StreamConnection connection, ServerSettings server) {
    String missing = QuicOpening.whyImpossible();
    if (missing != null) {
      pool.tell(new PoolEvent.Broken(connection, missing));
      return true;
    }
    InetSocketAddress address = server.address();
    QuicRequests requests = new QuicRequests(connection, pool);
    QuicOpening opening =
        new QuicOpening(server, contexts.quic(server), requests, connectTimeoutMillis);
    Bootstrap bootstrap =
        Sockets.datagram(loop, address.getAddress(), MAX_DATAGRAM, BURST)
            .handler(watched(Transport.UDP, address, new QuicInitializer(connection, opening)));
    ChannelFuture connected = connect(connection, bootstrap, address);
    if (connected == null) {
      return false;
    }
    tellIfBroken(connection, connected);
    connected.addListener(
        done -> {
          if (done.isSuccess()) {
            tellWhenOpen(connection, opening.begin(connected.channel()).addListener(this::shaken));
          }
        });
    return true;
  }

  private void shaken(Future<?> handshake) {
    if (handshake.isSuccess()) {
      counters.increment(Counter.UPSTREAM_TLS_CONNECTIONS);
    }
  }

  /** Done when the connection can take queries. */
  private Future<?> ready(TcpConnection connection, ServerSettings server, SslHandler handler) {
    Promise<Channel> ready = loop.newPromise();
    handler
        .handshakeFuture()
        .addListener(
            (Future<Channel> done) -> {
              if (!done.isSuccess()) {
                ready.setFailure(done.cause());
                return;
              }
              counters.increment(Counter.UPSTREAM_TLS_CONNECTIONS);
              try {
                begin(connection, server, handler, done.getNow());
                ready.setSuccess(done.getNow());
              } catch (SSLException e) {
                ready.setFailure(e);
              }
            });
    return ready;
  }

  private void begin(
      TcpConnection connection, ServerSettings server, SslHandler handler, Channel channel)
      throws SSLException {
    if (!(connection instanceof StreamConnection streams)
        || !(server.carrier() instanceof ServerSettings.Carrier.Https https)) {
      return;
    }
    if (!ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol())) {
      throw new SSLException(
          "the server agrees on no HTTP/2 (ALPN h2), which DNS over HTTPS needs");
    }
    HttpsStreams requests = new HttpsStreams(streams, pool, authority(server), https.path());
    ChannelHandlerContext last = channel.pipeline().context(UpstreamSocketHandler.class);
    for (ChannelHandler handlerOfRequests : requests.handlers()) {
      channel.pipeline().addBefore(last.name(), null, handlerOfRequests);
    }
  }

  /** The name that the certificate must have, and the port unless it is that of https. */
  private static String authority(ServerSettings server) {
    ServerSettings.Tls tls = server.tls();
    String named = tls == null ? null : tls.name();
    String name = named == null ? ServerHost.of(server.address().getAddress()) : named;
    String host = name.indexOf(':') < 0 ? name : "[" + name + "]";
    int port = server.address().getPort();
    return port == HTTPS_PORT ? host : host + ":" + port;
  }

  /** The handler; behind a {@link SocketWatch} if there is a socket listener. */
  private ChannelHandler watched(
      Transport transport, InetSocketAddress server, ChannelHandler handler) {
    if (listener == SocketListener.NONE) {
      return handler;
    }
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(new SocketWatch(listener, transport, server), handler);
      }
    };
  }

  /**
   * Certificate validation takes milliseconds, so it runs on the common pool, not on the event
   * loop.
   */
  private SslHandler handler(ServerSettings server, ServerSettings.Tls tls) {
    InetSocketAddress address = server.address();
    String name = tls.name() == null ? ServerHost.of(address.getAddress()) : tls.name();
    SslHandler handler =
        contexts
            .of(server, tls)
            .newHandler(
                ByteBufAllocator.DEFAULT, name, address.getPort(), ForkJoinPool.commonPool());
    handler.setHandshakeTimeoutMillis(connectTimeoutMillis);
    return handler;
  }

  /**
   * Connects a socket. Returns null if the system can't open a channel; then nothing has to be
   * closed.
   */
  private @Nullable ChannelFuture connect(
      UpstreamSocket wire, Bootstrap bootstrap, InetSocketAddress server) {
    InetAddress local = sockets.localAddress();
    if (local != null && local.getClass() == server.getAddress().getClass()) {
      bootstrap.localAddress(local, 0);
    }
    ChannelFuture future = bootstrap.disableResolver().connect(server);
    if (future.cause() != null && !future.channel().isRegistered()) {
      Shortage.tell("no socket can be opened to " + Addresses.text(server), future.cause());
      return null;
    }
    wire.attach(future.channel());
    return future;
  }

  private void tellWhenOpen(UpstreamSocket wire, Future<?> future) {
    tellIfBroken(wire, future);
    future.addListener(
        done -> {
          if (done.isSuccess()) {
            pool.tell(new PoolEvent.Opened(wire));
          }
        });
  }

  private void tellIfBroken(UpstreamSocket wire, Future<?> future) {
    future.addListener(
        done -> {
          if (!done.isSuccess()) {
            pool.tell(new PoolEvent.Broken(wire, UpstreamSocketHandler.causeOf(done.cause())));
          }
        });
  }

  private final class QuicInitializer extends ChannelInitializer<Channel> {
    private final StreamConnection connection;
    private final QuicOpening opening;

    private QuicInitializer(StreamConnection connection, QuicOpening opening) {
      this.connection = connection;
      this.opening = opening;
    }

    @Override
    protected void initChannel(Channel channel) {
      channel
          .pipeline()
          .addLast(opening.handlers())
          .addLast(new UpstreamSocketHandler(connection, pool, counters));
    }
  }

  private final class TcpInitializer extends ChannelInitializer<SocketChannel> {
    private final TcpConnection connection;
    private final @Nullable SslHandler tls;

    private TcpInitializer(TcpConnection connection, @Nullable SslHandler tls) {
      this.connection = connection;
      this.tls = tls;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      if (tls != null) {
        channel.pipeline().addLast(tls);
      }
      if (!(connection instanceof StreamConnection)) {
        channel.pipeline().addLast(new LengthFieldBasedFrameDecoder(MAX_FRAME, 0, 2, 0, 2));
      }
      channel.pipeline().addLast(new UpstreamSocketHandler(connection, pool, counters));
    }
  }
}
