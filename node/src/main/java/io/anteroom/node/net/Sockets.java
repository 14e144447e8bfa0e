// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.channels.spi.SelectorProvider;

/** Creates bootstraps for sockets of the type that fits an event loop (epoll or NIO). */
public final class Sockets {
  private Sockets() {}

  /**
   * Whether several sockets may share one address (SO_REUSEPORT), so that each loop has its own.
   */
  public static boolean sharesPorts() {
    return Epoll.isAvailable();
  }

  private static boolean isEpoll(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
  }

  /**
   * Datagram sockets that read in batches (recvmmsg) and write in batches between two flushes
   * (sendmmsg), where the system supports it.
   *
   * @param address an address of the family of the socket; an IPv4 socket costs less than an IPv6
   *     socket that handles IPv4
   * @param datagram the largest datagram that is read whole, in bytes; longer ones are truncated
   * @param batch how many datagrams are read with one call
   */
  public static Bootstrap datagram(EventLoop loop, InetAddress address, int datagram, int batch) {
    SocketProtocolFamily family = family(address);
    Bootstrap bootstrap = new Bootstrap().group(loop);
    if (!isEpoll(loop)) {
      return bootstrap
          .channelFactory(() -> new NioDatagramChannel(family))
          .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(datagram));
    }
    return bootstrap
        .channelFactory(() -> new EpollDatagramChannel(family))
        .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, datagram)
        .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(datagram * batch));
  }

  /** Whether this machine supports Unix datagram sockets. */
  public static boolean hasUnixDatagrams() {
    return Epoll.isAvailable();
  }

  /**
   * Unix datagram sockets, which need epoll.
   *
   * @param datagram the largest datagram that is read whole, in bytes; longer ones are truncated
   * @param batch how many datagrams are read, with one call each, before other sockets get their
   *     turn
   */
  public static Bootstrap unixDatagram(EventLoop loop, int datagram, int batch) {
    return new Bootstrap()
        .group(loop)
        .channelFactory(EpollDomainDatagramChannel::new)
        // Retrying at once does not help when the receiver's queue is full.
        .option(ChannelOption.WRITE_SPIN_COUNT, 1)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR,
            new FixedRecvByteBufAllocator(datagram).maxMessagesPerRead(batch));
  }

  /** Lets several datagram sockets share one address; the kernel distributes the clients. */
  public static Bootstrap shared(Bootstrap bootstrap) {
    return sharesPorts() ? bootstrap.option(UnixChannelOption.SO_REUSEPORT, true) : bootstrap;
  }

  private static SocketProtocolFamily family(InetAddress address) {
    return address instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }

  /**
   * A listening socket of the JDK, of the address's family: an IPv6 socket bound to 0.0.0.0 would
   * also listen on IPv6 addresses.
   */
  public static ServerSocketChannel nioServer(InetAddress address) {
    return new NioServerSocketChannel(SelectorProvider.provider(), family(address));
  }

  /**
   * A listening TCP socket whose connections run on the same loop.
   *
   * @param address an address of the family of the socket: an IPv6 socket for 0.0.0.0 would also
   *     listen on IPv6 addresses
   */
  public static ServerBootstrap server(EventLoop loop, InetAddress address) {
    return new ServerBootstrap()
        .group(loop)
        .channelFactory(
            () ->
                isEpoll(loop) ? new EpollServerSocketChannel(family(address)) : nioServer(address))
        .option(ChannelOption.SO_REUSEADDR, true);
  }

  /** Lets several listening sockets share one address, like {@link #shared(Bootstrap)}. */
  public static ServerBootstrap shared(ServerBootstrap bootstrap) {
    return sharesPorts() ? bootstrap.option(UnixChannelOption.SO_REUSEPORT, true) : bootstrap;
  }

  /** An outgoing TCP connection. */
  public static Bootstrap client(EventLoop loop) {
    return new Bootstrap()
        .group(loop)
        .channel(isEpoll(loop) ? EpollSocketChannel.class : NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true);
  }
}
