// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.Sockets;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Binds the sockets of a listener whose messages are in TCP streams, each behind its length (RFC
 * 7766). They share its admission control.
 *
 * @param front what stands between the socket and the stream
 */
record TcpBinding(
    ListenerSettings.OnTcp settings,
    EventLoops loops,
    Acl acl,
    TcpAdmission admission,
    TcpBacklog backlog,
    Front front,
    Counters<Counter> counters)
    implements Binding {
  private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(64 << 10, 256 << 10);

  @Override
  public OpenSocket bind(InetSocketAddress address, int loop, boolean shared) throws IOException {
    TcpAcceptor acceptor = new TcpAcceptor(acl, admission, backlog, front);
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
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG)
            .childHandler(acceptor);
    Channel channel =
        SocketBinder.bound((shared ? Sockets.shared(bootstrap) : bootstrap).bind(address));
    return new OpenSocket(
        settings, loop, channel, parts -> TcpListener.create(channel, settings, parts, acceptor));
  }
}
