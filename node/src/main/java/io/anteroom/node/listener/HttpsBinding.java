// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.HttpsListenerSettings;
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

/** Binds the sockets of an HTTPS listener, which share its admission control. */
record HttpsBinding(HttpsListenerSettings settings, EventLoops loops, HttpsParts parts)
    implements Binding {
  private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(64 << 10, 256 << 10);
  private static final int MAX_READ = 16 << 10;

  @Override
  public OpenSocket bind(InetSocketAddress address, int loop, boolean shared) throws IOException {
    HttpsAcceptor acceptor = new HttpsAcceptor(parts);
    ServerBootstrap bootstrap =
        Sockets.server(loops.get(loop), address.getAddress())
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_BACKLOG, 1_024)
            .handler(new AcceptFailures(parts.counters()))
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(64, 512, MAX_READ).maxMessagesPerRead(1))
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG)
            .childHandler(acceptor);
    Channel channel =
        SocketBinder.bound((shared ? Sockets.shared(bootstrap) : bootstrap).bind(address));
    return new OpenSocket(
        settings,
        loop,
        channel,
        queries -> ExchangeListener.create(channel, settings, queries, acceptor));
  }
}
