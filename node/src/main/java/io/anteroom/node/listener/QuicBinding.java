// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
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

/** Binds the UDP sockets of a listener on QUIC. */
record QuicBinding(EventLoops loops, QuicAcceptor.Shared shared) implements Binding {
  /** Clients send no larger packets, as those would not fit into an Ethernet frame. */
  static final int MAX_PACKET = 1_500;

  private static final int BATCH = 64;
  private static final int RECEIVE_BUFFER = 4 << 20;
  private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(1 << 20, 4 << 20);

  @Override
  public ListenerSettings settings() {
    return shared.settings();
  }

  @Override
  public OpenSocket bind(InetSocketAddress address, int loop, boolean shares) throws IOException {
    Bootstrap bootstrap =
        Sockets.datagram(loops.get(loop), address.getAddress(), MAX_PACKET, BATCH)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG)
            .handler(new ChannelInboundHandlerAdapter());
    Channel channel =
        SocketBinder.bound((shares ? Sockets.shared(bootstrap) : bootstrap).bind(address));
    QuicAcceptor acceptor = new QuicAcceptor(shared, channel);
    return new OpenSocket(
        settings(),
        loop,
        channel,
        parts -> ExchangeListener.create(channel, settings(), parts, acceptor));
  }
}
