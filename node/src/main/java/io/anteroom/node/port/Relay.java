// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.net.Survival;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Relays bytes between a connection at the cluster port and the member behind it. It reads from one
 * side only while the other side can be written to. When one side closes, it closes the other.
 */
final class Relay extends ChannelInboundHandlerAdapter {
  /** How many bytes a peer must have sent to count as more than the start of a TLS handshake. */
  private static final int PROOF = 1_024;

  private final ClusterPort port;
  private final InetSocketAddress member;
  private final @Nullable FrameCheck frames;
  private final ArrayDeque<Object> early = new ArrayDeque<>();
  private @Nullable Channel inner;
  private long received;
  private boolean answered;
  private boolean proven;

  /** Creates a relay; {@code plain} says whether frames are unencrypted and can be checked. */
  Relay(ClusterPort port, InetSocketAddress member, boolean plain) {
    this.port = port;
    this.member = member;
    this.frames = plain ? new FrameCheck() : null;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    Channel outer = context.channel();
    port.leads(outer, member);
    ChannelFuture connecting =
        new Bootstrap()
            .group(outer.eventLoop())
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 3_000)
            .handler(new Back(outer))
            .connect(member);
    connecting.addListener(
        done -> {
          if (done.isSuccess() && outer.isActive()) {
            begin(outer, connecting.channel());
          } else {
            connecting.channel().close();
            outer.close();
          }
        });
  }

  private void begin(Channel outer, Channel to) {
    inner = to;
    for (Object message = early.poll(); message != null; message = early.poll()) {
      to.write(message);
    }
    to.flush();
    outer.config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (frames != null && !frames.accepts(bytes)) {
      port.count(Counter.CLUSTER_PORT_GARBAGE);
      bytes.release();
      context.close();
      return;
    }
    received += bytes.readableBytes();
    prove(context.channel());
    Channel to = inner;
    if (to == null) {
      early.add(message);
    } else {
      to.write(message);
      if (!to.isWritable()) {
        context.channel().config().setAutoRead(false);
      }
    }
  }

  private void prove(Channel outer) {
    boolean now = frames == null ? answered && received >= PROOF : frames.hasFrame();
    if (!proven && now) {
      proven = true;
      port.admission().proven(outer);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (inner != null) {
      inner.flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (inner != null) {
      inner.config().setAutoRead(context.channel().isWritable());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    early.forEach(ReferenceCountUtil::release);
    early.clear();
    if (inner != null) {
      inner.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    // The connection was lost.
    context.close();
  }

  /** The direction from the member to the peer. */
  private final class Back extends ChannelInboundHandlerAdapter {
    private final Channel outer;

    Back(Channel outer) {
      this.outer = outer;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      answered = true;
      outer.write(message);
      if (!outer.isWritable()) {
        context.channel().config().setAutoRead(false);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      outer.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      outer.config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      outer.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Survival.endIfOutOfMemory(cause);
      context.close();
    }
  }
}
