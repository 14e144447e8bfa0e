// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The first handler of a connection to a listener with proxies. A connection from elsewhere passes
 * at once. For one of a proxy, the handlers behind learn that the connection is open only when its
 * header has come: until then they would take the proxy for the client. Without a valid header in
 * time, the connection is closed and counted.
 */
final class ProxyGate extends ChannelInboundHandlerAdapter {
  private final Proxies proxies;
  private final AtomicInteger waiting;
  private final int maxWaiting;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private @Nullable Future<?> timeout;
  private State state = State.NEW;

  private enum State {
    NEW,
    /** The header has not come yet. */
    WAITING,
    /** The connection has been closed without one. */
    REFUSED
  }

  /**
   * Guards one connection.
   *
   * @param waiting how many connections of the listener wait for their header
   */
  ProxyGate(Proxies proxies, AtomicInteger waiting, int maxWaiting) {
    this.proxies = proxies;
    this.waiting = waiting;
    this.maxWaiting = maxWaiting;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (!proxies.include((InetSocketAddress) context.channel().remoteAddress())) {
      context.fireChannelActive();
      context.pipeline().remove(this);
    } else if (waiting.incrementAndGet() > maxWaiting) {
      waiting.decrementAndGet();
      state = State.REFUSED;
      proxies.count(Counter.PROXY_OVERLOAD);
      context.close();
    } else {
      state = State.WAITING;
      Runnable late = () -> refuse(context, Counter.PROXY_MISSING);
      timeout = context.executor().schedule(late, proxies.timeoutMillis(), TimeUnit.MILLISECONDS);
      context.read();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (state != State.WAITING) {
      bytes.release();
      return;
    }
    held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), held, bytes);
    ProxyReading read = proxies.read(held);
    if (read instanceof ProxyHeader header) {
      pass(context, header);
    } else if (read instanceof ProxyReading.Wrong wrong) {
      refuse(context, wrong.why());
    }
  }

  /** The listener does not read before it knows of the connection, so this does. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (state == State.WAITING) {
      context.read();
    }
  }

  private void pass(ChannelHandlerContext context, ProxyHeader header) {
    end(State.NEW);
    InetSocketAddress peer = (InetSocketAddress) context.channel().remoteAddress();
    InetSocketAddress client = Proxies.client(header, peer);
    Introduction.byProxy(
        context.channel(), client, proxies.judged(client, peer), proxies.session(header));
    proxies.count(Counter.PROXY_HEADERS);
    ByteBuf rest = held.skipBytes(header.length());
    held = Unpooled.EMPTY_BUFFER;
    context.fireChannelActive();
    if (rest.isReadable() && context.channel().isActive()) {
      context.fireChannelRead(rest);
      context.fireChannelReadComplete();
    } else {
      rest.release();
    }
    context.pipeline().remove(this);
  }

  private void refuse(ChannelHandlerContext context, Counter why) {
    if (state == State.WAITING) {
      end(State.REFUSED);
      proxies.count(why);
      context.close();
    }
  }

  private void end(State next) {
    state = next;
    waiting.decrementAndGet();
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent && state == State.WAITING) {
      refuse(context, whyEnded());
    } else if (state != State.REFUSED) {
      context.fireUserEventTriggered(event);
    }
  }

  /** A connection that ends in the middle of a header, and one that never began it. */
  private Counter whyEnded() {
    return held.isReadable() ? Counter.PROXY_INVALID : Counter.PROXY_MISSING;
  }

  /** Nobody behind has heard of the connection, so nobody must hear of its end. */
  @Override
  public void channelInactive(ChannelHandlerContext context) {
    refuse(context, whyEnded());
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    held.release();
    held = Unpooled.EMPTY_BUFFER;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    refuse(context, whyEnded());
    context.close();
  }
}
