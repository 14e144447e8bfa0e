// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.Sockets;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Binds the sockets of a UDP listener. */
record UdpBinding(UdpListenerSettings settings, EventLoops loops, Acl acl, Proxies proxies)
    implements Binding {
  /**
   * Receive buffer per datagram. A longer query is cut to this length and answered like one that
   * can't be parsed.
   */
  private static final int MAX_QUERY = 2_048;

  private static final int BATCH = 64;

  /** Above the high water mark, answers that the kernel does not take are dropped, not queued. */
  private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(1 << 20, 4 << 20);

  @Override
  public OpenSocket bind(InetSocketAddress address, int loop, boolean shared) throws IOException {
    Bootstrap bootstrap =
        Sockets.datagram(loops.get(loop), address.getAddress(), maxDatagram(), BATCH)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_RCVBUF, settings.receiveBuffer())
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG)
            .handler(new ChannelInboundHandlerAdapter());
    Channel channel =
        SocketBinder.bound((shared ? Sockets.shared(bootstrap) : bootstrap).bind(address));
    return new OpenSocket(
        settings,
        loop,
        channel,
        parts -> UdpListener.create(channel, settings, parts, acl, proxies));
  }

  private int maxDatagram() {
    return proxies.any() ? MAX_QUERY + ProxyHeader.MAX : MAX_QUERY;
  }
}
