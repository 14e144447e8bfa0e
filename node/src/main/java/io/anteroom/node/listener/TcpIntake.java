// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.OriginCommand;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Tells the listener what happens on one connection. The messages that one read brings are one
 * message to the listener, which stops the reading when it has enough.
 */
final class TcpIntake extends ChannelInboundHandlerAdapter {
  private final long connection;
  private final Acl acl;
  private final ActorRef<OriginCommand> listener;
  private List<byte[]> frames = new ArrayList<>();

  TcpIntake(long connection, Acl acl, ActorRef<OriginCommand> listener) {
    this.connection = connection;
    this.acl = acl;
    this.listener = listener;
  }

  /** What an intake tells its listener. */
  sealed interface Message extends OriginCommand, NoSerializationVerificationNeeded {}

  /** A connection from within the ACL; it does not read until it is told to. */
  record Opened(long connection, Channel channel) implements Message {}

  /** Messages without their length prefix; one of length 0 is possible. */
  record Frames(long connection, List<byte[]> frames) implements Message {}

  /** Something that the listener decides about. */
  record Happened(long connection, What what) implements Message {}

  enum What {
    IDLE,
    INPUT_ENDED,
    WRITABILITY_CHANGED
  }

  /** The connection is no more. */
  record Closed(long connection) implements Message {}

  @Override
  public void channelActive(ChannelHandlerContext context) {
    Channel channel = context.channel();
    if (acl.admits((InetSocketAddress) channel.remoteAddress())) {
      listener.tell(new Opened(connection, channel));
    } else {
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf frame = (ByteBuf) message;
    frames.add(ByteBufUtil.getBytes(frame));
    frame.release();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (!frames.isEmpty()) {
      listener.tell(new Frames(connection, frames));
      frames = new ArrayList<>();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent idle && idle.state() == IdleState.READER_IDLE) {
      listener.tell(new Happened(connection, What.IDLE));
    } else if (event instanceof ChannelInputShutdownEvent) {
      listener.tell(new Happened(connection, What.INPUT_ENDED));
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    listener.tell(new Happened(connection, What.WRITABILITY_CHANGED));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    listener.tell(new Closed(connection));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A reset, or a write that failed: either way the connection is of no more use.
    context.close();
  }
}
