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
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Input buffer of one connection: holds the bytes read until the listener takes them, one query at
 * a time, and reports events to the listener. Runs on the event loop of the connection, which is
 * the listener's thread too.
 *
 * <p>Input that is not taken stays in one byte buffer, so many small queries from a client do not
 * create an object each. The buffer holds at most one incomplete query and one read of {@value
 * #MAX_READ} bytes, or two reads; the listener, which processes the event before the next read,
 * stops reading until it has taken all complete queries. With TLS, a read is a record of at most 16
 * KiB.
 */
final class TcpIntake extends ChannelInboundHandlerAdapter {
  /**
   * Most bytes kept of a query. A longer one is cut to this length, as over UDP, and answered like
   * one that can't be parsed.
   */
  static final int MAX_QUERY = 2_048;

  /** Most bytes of one read. */
  static final int MAX_READ = 8 << 10;

  /** Length of the DNS header (RFC 1035 section 4.1.1); a shorter message can't be answered. */
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

  /** Messages of an intake to its listener. */
  sealed interface Message extends OriginCommand, NoSerializationVerificationNeeded {}

  /**
   * A connection from an allowed network was opened; it does not read until auto-read is turned on.
   *
   * @param seat null if there is no room for it
   */
  record Opened(
      long connection, Channel channel, TcpIntake intake, TcpAdmission.@Nullable Seat seat)
      implements Message {}

  /** An event on which the listener has to act. */
  record Happened(long connection, What what) implements Message {}

  enum What {
    /** At least one complete query can be taken, or something that can't be a query. */
    READABLE,
    /** The client has sent more than its share of the backlog. */
    TOO_MUCH,
    INPUT_ENDED,
    /** The handshake is done; queries may come. */
    SECURED,
    WRITABILITY_CHANGED
  }

  /** The connection has closed. */
  record Closed(long connection) implements Message {}

  @Override
  public void channelActive(ChannelHandlerContext context) {
    InetSocketAddress from = Introduction.client(context.channel());
    if (!acl.admits(Introduction.judged(context.channel()))) {
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

  /**
   * Keeps the buffer at no more than twice its content: one byte may have arrived in a buffer of 8
   * kB.
   */
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

  /** Whether there is a complete query, or something that can't become one. */
  boolean canTake() {
    pass();
    return isBroken() || isWhole();
  }

  /**
   * Whether the length of the next message is shorter than a DNS header. Nothing behind it can be
   * read.
   */
  boolean isBroken() {
    return skip == 0 && held.readableBytes() >= Short.BYTES && length() < MIN_QUERY;
  }

  private boolean isWhole() {
    return skip == 0
        && held.readableBytes() >= Short.BYTES
        && held.readableBytes() >= Short.BYTES + Math.min(length(), MAX_QUERY);
  }

  /** Whether a query has arrived in part. */
  boolean isPartial() {
    return !canTake() && (skip > 0 || held.isReadable());
  }

  private int length() {
    return held.getUnsignedShort(held.readerIndex());
  }

  /** Skips the rest of a query that was too long. */
  private void pass() {
    int passed = Math.min(skip, held.readableBytes());
    held.skipBytes(passed);
    skip -= passed;
  }

  /** Takes the next query; null if there is no complete one. */
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

  /** Discards the input that has not been taken. */
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
    } else if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      happened(What.SECURED);
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
    // A reset or a failed write; in both cases the connection can't be used any more.
    context.close();
  }
}
