// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ConnectionLimits;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * One TCP connection of a listener. For the listener's thread alone.
 *
 * <p>What one read brings may be more than the client may have under way, or than it reads the
 * answers of; the rest stays in the {@link TcpIntake}, and nothing more is read until it has been
 * taken. So what a connection holds is bounded by one read, and by the write buffer's upper mark
 * with {@code max-pipelined} answers on top. What all connections hold is bounded by the {@link
 * TcpBacklog}.
 */
final class Connection {
  private final Channel channel;
  private final InetSocketAddress address;
  private final int maxPipelined;
  private final TcpIntake intake;
  private final TcpAdmission.Seat seat;
  private final TcpBacklog backlog;
  private long lastProgressNanos;
  private long partialSinceNanos;
  private long unread;
  private int unanswered;
  private boolean taking;
  private boolean inputEnded;
  private boolean inputForgotten;

  Connection(
      Channel channel,
      TcpIntake intake,
      TcpAdmission.Seat seat,
      TcpBacklog backlog,
      ConnectionLimits limits,
      long nowNanos) {
    this.channel = channel;
    this.intake = intake;
    this.seat = seat;
    this.backlog = backlog;
    seat.idle(nowNanos);
    this.lastProgressNanos = nowNanos;
    this.partialSinceNanos = nowNanos;
    this.address = (InetSocketAddress) channel.remoteAddress();
    this.maxPipelined = limits.maxPipelined();
  }

  Channel channel() {
    return channel;
  }

  InetSocketAddress address() {
    return address;
  }

  /** Queries taken that have not ended. */
  int unanswered() {
    return unanswered;
  }

  /**
   * Gives queries to the taker, as long as the client may have more under way and reads its
   * answers. A query that the taker ends at once does not make it take the next within that call.
   *
   * @return false if what the client has sent can't be a query, nor anything behind it
   */
  boolean take(Consumer<byte[]> taker, long nowNanos) {
    if (taking) {
      return true;
    }
    taking = true;
    try {
      while (hasRoom() && !inputForgotten) {
        byte[] query = intake.take();
        if (query == null) {
          break;
        }
        begun();
        lastProgressNanos = nowNanos;
        partialSinceNanos = nowNanos;
        taker.accept(query);
      }
    } finally {
      taking = false;
    }
    goOn();
    return inputForgotten || !intake.isBroken();
  }

  private void begun() {
    if (unanswered++ == 0) {
      seat.busy();
    }
  }

  private boolean hasRoom() {
    return unanswered < maxPipelined && channel.isWritable();
  }

  /** Writes an answer; false if the client has left more unread than its share of the backlog. */
  boolean write(byte[] message, long nowNanos) {
    channel.write(
        channel
            .alloc()
            .directBuffer(Short.BYTES + message.length)
            .writeShort(message.length)
            .writeBytes(message),
        channel.voidPromise());
    ended(nowNanos);
    lastProgressNanos = nowNanos;
    if (countUnread()) {
      return true;
    }
    // Most of it may only be waiting for the flush at the end of this turn.
    channel.flush();
    return countUnread();
  }

  /** Tells the backlog what has been written and the system has not taken, or does not need. */
  boolean countUnread() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    long now = buffer == null ? 0 : buffer.totalPendingWriteBytes();
    boolean granted = backlog.change(unread, now);
    unread = now;
    return granted;
  }

  /** A query has ended, with an answer or without. */
  void ended(long nowNanos) {
    if (--unanswered == 0) {
      seat.idle(nowNanos);
    }
  }

  void flush() {
    channel.flush();
    var unused = countUnread();
  }

  /** The client sends no more; the connection closes when all is answered. */
  void inputEnded() {
    inputEnded = true;
    goOn();
  }

  /** Takes nothing more, not even what has been read. */
  void endInput() {
    inputForgotten = true;
    intake.forget();
    inputEnded();
  }

  void close() {
    inputForgotten = true;
    intake.forget();
    channel.close();
    var unused = countUnread();
  }

  private void goOn() {
    boolean mayTake = intake.canTake();
    if (inputEnded && unanswered == 0 && !mayTake) {
      channel
          .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
    } else {
      channel.config().setAutoRead(!inputEnded && !mayTake && hasRoom());
    }
  }

  /**
   * Whether the client has had enough time. Single bytes of a query are no progress: it has the
   * same time to send a query, to finish one that it has begun, even while others are under way,
   * and to read its answers. To be called now and then, at moments that tell when a query began.
   */
  boolean isIdle(long nowNanos, long timeoutNanos) {
    if (!intake.isPartial() || !channel.config().isAutoRead()) {
      partialSinceNanos = nowNanos;
    }
    boolean itsTurn = unanswered == 0 || !channel.isWritable();
    return (itsTurn && nowNanos - lastProgressNanos >= timeoutNanos)
        || nowNanos - partialSinceNanos >= timeoutNanos;
  }
}
