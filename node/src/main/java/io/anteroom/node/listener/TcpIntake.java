// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetSocketAddress;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Holds what has come in on one connection until the listener takes it, one query at a time, and
 * tells the listener what happens. It runs on the event loop of the connection, which is the
 * listener's thread too.
 *
 * <p>What is not taken stays the bytes that it is: a client that sends many small queries makes no
 * objects by it. It is at most one query that is still coming in and one read, {@value #MAX_READ}
 * bytes or two; the listener, which has its turn before the next, stops the reading until it has
 * taken all that is whole.
 */
final class TcpIntake extends ChannelInboundHandlerAdapter {
  /** A longer query is cut, as over UDP, and answered as one that can't be read. */
  static final int MAX_QUERY = 2_048;

  /** What one read brings at most. */
  static final int MAX_READ = 8 << 10;

  /** The header of a message (RFC 1035 section 4.1.1), without which nothing can be answered. */
  private static final int MIN_QUERY = 12;

  private final long connection;
  private final Acl acl;
  private final TcpAdmission admission;
  private final TcpBacklog backlog;
  private final ActorRef<OriginCommand> listener;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private int counted;
  private int skip;
  private TcpAdmission.@Nullable Seat seat;

  TcpIntake(
      long connection,
      Acl acl,
      TcpAdmission admission,
      TcpBacklog backlog,
      ActorRef<OriginCommand> listener) {
    this.connection = connection;
    this.acl = acl;
    this.admission = admission;
    this.backlog = backlog;
    this.listener = listener;
  }

  /** What an intake tells its listener. */
  sealed interface Message extends OriginCommand, NoSerializationVerificationNeeded {}

  /**
   * A connection from within the ACL; it does not read until it is told to.
   *
   * @param seat null if there is no room for it
   */
  record Opened(
      long connection, Channel channel, TcpIntake intake, TcpAdmission.@Nullable Seat seat)
      implements Message {}

  /** Something that the listener decides about. */
  record Happened(long connection, What what) implements Message {}

  enum What {
    /** There is at least one query to take, or something that is none. */
    READABLE,
    /** It has sent more than its share of the backlog. */
    TOO_MUCH,
    INPUT_ENDED,
    WRITABILITY_CHANGED
  }

  /** The connection is no more. */
  record Closed(long connection) implements Message {}

  @Override
  public void channelActive(ChannelHandlerContext context) {
    InetSocketAddress from = (InetSocketAddress) context.channel().remoteAddress();
    if (!acl.admits(from)) {
      context.close();
      return;
    }
    seat = admission.admit(context.channel(), from.getAddress());
    listener.tell(new Opened(connection, context.channel(), this, seat));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), held, (ByteBuf) message);
    boolean whole = canTake();
    if (!whole) {
      shrink();
    }
    if (!count()) {
      happened(What.TOO_MUCH);
    } else if (whole) {
      happened(What.READABLE);
    }
  }

  private void happened(What what) {
    listener.tell(new Happened(connection, what));
  }

  /** Keeps no more memory than twice what is held: one byte may have come in a buffer of 8 kB. */
  private void shrink() {
    int bytes = held.readableBytes();
    if (bytes == 0) {
      held.release();
      held = Unpooled.EMPTY_BUFFER;
    } else if (held.capacity() > 2 * bytes) {
      ByteBuf exact = held.alloc().buffer(bytes).writeBytes(held);
      held.release();
      held = exact;
    }
  }

  private boolean count() {
    int now = held.capacity();
    boolean room = backlog.change(counted, now);
    counted = now;
    return room;
  }

  /** Whether a whole query is there, or what can't become one. */
  boolean canTake() {
    pass();
    return isBroken() || isWhole();
  }

  /** Whether what comes next is too short for a message. Nothing behind it can be taken. */
  boolean isBroken() {
    return skip == 0 && held.readableBytes() >= Short.BYTES && length() < MIN_QUERY;
  }

  private boolean isWhole() {
    return skip == 0
        && held.readableBytes() >= Short.BYTES
        && held.readableBytes() >= Short.BYTES + Math.min(length(), MAX_QUERY);
  }

  /** Whether a query has begun to come in of which the rest is missing. */
  boolean isPartial() {
    return !canTake() && (skip > 0 || held.isReadable());
  }

  private int length() {
    return held.getUnsignedShort(held.readerIndex());
  }

  /** Passes over the rest of a query that was too long. */
  private void pass() {
    int passed = Math.min(skip, held.readableBytes());
    held.skipBytes(passed);
    skip -= passed;
  }

  /** The next query; null if none is whole yet. */
  byte @Nullable [] take() {
    pass();
    byte[] query = isBroken() || !isWhole() ? null : read();
    if (query == null || !held.isReadable()) {
      shrink();
    }
    count();
    return query;
  }

  private byte[] read() {
    int length = held.readUnsignedShort();
    byte[] query = new byte[Math.min(length, MAX_QUERY)];
    held.readBytes(query);
    skip = length - query.length;
    pass();
    return query;
  }

  /** Forgets what has not been taken. */
  void forget() {
    held.release();
    held = Unpooled.EMPTY_BUFFER;
    skip = 0;
    count();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      happened(What.INPUT_ENDED);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    happened(What.WRITABILITY_CHANGED);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    forget();
    if (seat != null) {
      admission.leave(seat);
    }
    listener.tell(new Closed(connection));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    // A reset, or a write that failed: either way the connection is of no more use.
    context.close();
  }
}
