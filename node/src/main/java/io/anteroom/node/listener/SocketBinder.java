// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.Sockets;
import io.anteroom.protocol.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Binds the sockets of a listener at one address: one on each event loop where ports can be shared,
 * else one. They do not read yet. To be used by threads that may block, not by event loops.
 */
final class SocketBinder {
  /** A longer query is cut, and answered as one that can't be read. */
  private static final int MAX_QUERY = 2_048;

  private static final int BATCH = 64;

  /** Answers that the kernel does not take are dropped, not kept, above the upper mark. */
  private static final WriteBufferWaterMark UDP_BACKLOG =
      new WriteBufferWaterMark(1 << 20, 4 << 20);

  private static final WriteBufferWaterMark TCP_BACKLOG =
      new WriteBufferWaterMark(64 << 10, 256 << 10);

  private final EventLoops loops;
  private final Acl acl;
  private final Counters<Counter> counters;

  /** What connections of all listeners may leave unread together. */
  private final TcpBacklog backlog = TcpBacklog.ofHeap();

  SocketBinder(EventLoops loops, Acl acl, Counters<Counter> counters) {
    this.loops = loops;
    this.acl = acl;
    this.counters = counters;
  }

  Counters<Counter> counters() {
    return counters;
  }

  boolean isShuttingDown() {
    return loops.get(0).isShuttingDown();
  }

  /**
   * Binds all sockets of one address, or none.
   *
   * @param admission which all TCP sockets of the listener share
   * @throws IOException if one can't be bound; none is left open
   */
  List<OpenSocket> bind(ListenerSettings settings, TcpAdmission admission, InetAddress address)
      throws IOException {
    InetSocketAddress at = new InetSocketAddress(address, settings.address().getPort());
    int copies = Sockets.sharesPorts() ? loops.count() : 1;
    if (copies > 1) {
      ensureFree(settings.transport(), at);
    }
    List<OpenSocket> bound = new ArrayList<>();
    try {
      for (int loop = 0; loop < copies; loop++) {
        OpenSocket socket =
            settings.transport() == Transport.UDP
                ? openUdp(settings, at, loop, copies > 1)
                : openTcp(settings, at, loop, copies > 1, admission);
        bound.add(socket);
        at = (InetSocketAddress) socket.channel().localAddress();
      }
    } catch (IOException | RuntimeException e) {
      bound.forEach(socket -> socket.channel().close());
      throw e;
    }
    return bound;
  }

  /** Sockets that share a port would not see that another process has it too. */
  private static void ensureFree(Transport transport, InetSocketAddress address)
      throws IOException {
    if (transport == Transport.UDP) {
      new DatagramSocket(address).close();
    } else {
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(address);
      }
    }
  }

  private OpenSocket openUdp(
      ListenerSettings settings, InetSocketAddress address, int loop, boolean shared)
      throws IOException {
    Bootstrap bootstrap =
        Sockets.datagram(loops.get(loop), address.getAddress(), MAX_QUERY, BATCH)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_RCVBUF, settings.receiveBuffer())
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, UDP_BACKLOG)
            .handler(new ChannelInboundHandlerAdapter());
    Channel channel = bound((shared ? Sockets.shared(bootstrap) : bootstrap).bind(address));
    return new OpenSocket(settings, loop, channel, null);
  }

  private OpenSocket openTcp(
      ListenerSettings settings,
      InetSocketAddress address,
      int loop,
      boolean shared,
      TcpAdmission admission)
      throws IOException {
    TcpAcceptor acceptor = new TcpAcceptor(acl, admission, backlog);
    ServerBootstrap bootstrap =
        Sockets.server(loops.get(loop), address.getAddress())
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_BACKLOG, 1_024)
            .handler(new AcceptFailures(counters))
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(64, 512, TcpIntake.MAX_READ).maxMessagesPerRead(1))
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TCP_BACKLOG)
            .childHandler(acceptor);
    Channel channel = bound((shared ? Sockets.shared(bootstrap) : bootstrap).bind(address));
    return new OpenSocket(settings, loop, channel, acceptor);
  }

  private static Channel bound(ChannelFuture future) throws IOException {
    Throwable failure = future.awaitUninterruptibly().cause();
    if (failure != null) {
      throw failure instanceof IOException e ? e : new IOException(failure);
    }
    return future.channel();
  }
}
