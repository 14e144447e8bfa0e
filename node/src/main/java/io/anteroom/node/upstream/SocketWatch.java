// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.net.Survival;
import io.anteroom.protocol.Transport;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the state of one channel to a {@link SocketListener}; the first handler in its pipeline.
 */
final class SocketWatch extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(SocketWatch.class);
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final SocketListener listener;
  private final SocketListener.Socket socket;
  private boolean connecting;
  private boolean read;
  private boolean write;

  SocketWatch(SocketListener listener, Transport transport, InetSocketAddress server) {
    this.listener = listener;
    this.socket = new SocketListener.Socket(NUMBERS.incrementAndGet(), transport, server);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    tell(l -> l.opened(socket));
  }

  @Override
  public void connect(
      ChannelHandlerContext context,
      SocketAddress remote,
      SocketAddress local,
      ChannelPromise promise) {
    connecting = true;
    context.connect(remote, local, promise);
    look(context);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    connecting = false;
    look(context);
    context.fireChannelActive();
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    context.flush();
    look(context);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    look(context);
    context.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    look(context);
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    tell(l -> l.closed(socket));
  }

  private void look(ChannelHandlerContext context) {
    boolean readNow = context.channel().isActive();
    boolean writeNow = (connecting && !readNow) || hasPending(context);
    if (readNow != read || writeNow != write) {
      read = readNow;
      write = writeNow;
      tell(l -> l.wants(socket, readNow, writeNow));
    }
  }

  private static boolean hasPending(ChannelHandlerContext context) {
    ChannelOutboundBuffer buffer = context.channel().unsafe().outboundBuffer();
    return buffer != null && buffer.totalPendingWriteBytes() > 0;
  }

  private void tell(Consumer<SocketListener> what) {
    try {
      what.accept(listener);
    } catch (Throwable e) {
      Survival.endIfOutOfMemory(e);
      LOG.warn("a socket listener has failed", e);
    }
  }
}
