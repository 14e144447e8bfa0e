// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Sockets;
import io.anteroom.protocol.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetSocketAddress;

/**
 * Opens the channels of a pool on its event loop.
 *
 * <p>The source port of a socket is left to the kernel: Linux, the BSDs and macOS draw it at random
 * from the range that the operator has set, leave out what the operator has reserved, and find a
 * free one at the first try. A draw of ours over all ports would add one bit and take ports that
 * other programs on the machine are about to bind. To it come 16 bits of id and, as every query
 * goes to one of 8 sockets at random, three bits that do not age with the port.
 */
final class Channels implements Forwarder.Opener {
  /** Our OPT record says 1232; some servers know better. */
  private static final int MAX_DATAGRAM = 4096;

  /** Datagrams per recvmmsg. */
  private static final int BURST = 16;

  private static final int MAX_FRAME = 2 + 65_535;
  private static final WriteBufferWaterMark TCP_WRITE_BUFFER =
      new WriteBufferWaterMark(64 << 10, 256 << 10);
  private static final int TCP_IDLE_SECONDS = 10;

  private final EventLoop loop;
  private final ServerPool.Inbox pool;
  private final Counters<Counter> counters;
  private final SocketSettings sockets;
  private final int connectTimeoutMillis;
  private final SocketListener listener;

  Channels(
      EventLoop loop,
      ServerPool.Inbox pool,
      Counters<Counter> counters,
      PoolSettings settings,
      SocketListener listener) {
    this.listener = listener;
    this.loop = loop;
    this.pool = pool;
    this.counters = counters;
    this.sockets = settings.sockets();
    this.connectTimeoutMillis = (int) Math.max(1, settings.tries().timeout().toMillis());
  }

  @Override
  public void open(UdpSocket socket, ServerSettings server) {
    InetSocketAddress address = server.address();
    Bootstrap bootstrap =
        Sockets.datagram(loop, address.getAddress(), MAX_DATAGRAM, BURST)
            .option(ChannelOption.SO_RCVBUF, sockets.receiveBuffer())
            .handler(watched(Transport.UDP, address, new WireHandler(socket, pool, counters)));
    connect(socket, bootstrap, address);
  }

  @Override
  public void open(TcpConnection connection, ServerSettings server) {
    InetSocketAddress address =
        new InetSocketAddress(server.address().getAddress(), server.tcpPort());
    Bootstrap bootstrap =
        Sockets.client(loop)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMillis)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, TCP_WRITE_BUFFER)
            .handler(watched(Transport.TCP, address, new TcpInitializer(connection)));
    connect(connection, bootstrap, address);
  }

  /** The handler, behind one that tells of the socket if anybody listens. */
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

  private void connect(Wire wire, Bootstrap bootstrap, InetSocketAddress server) {
    ChannelFuture future = bootstrap.disableResolver().connect(server);
    wire.attach(future.channel());
    future.addListener(
        done ->
            pool.tell(
                done.isSuccess()
                    ? new PoolEvent.Opened(wire)
                    : new PoolEvent.Broken(wire, String.valueOf(done.cause()))));
  }

  private final class TcpInitializer extends ChannelInitializer<SocketChannel> {
    private final TcpConnection connection;

    private TcpInitializer(TcpConnection connection) {
      this.connection = connection;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      channel
          .pipeline()
          .addLast(new IdleStateHandler(0, 0, TCP_IDLE_SECONDS))
          .addLast(new LengthFieldBasedFrameDecoder(MAX_FRAME, 0, 2, 0, 2))
          .addLast(new WireHandler(connection, pool, counters));
    }
  }
}
