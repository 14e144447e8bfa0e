// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ConnectionLimits;
import io.anteroom.node.flow.Client;
import io.anteroom.protocol.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * One TCP connection of a listener. Confined to the listener's thread.
 *
 * <p>One read may bring more queries than the client may have in flight, or queries while it does
 * not read its answers. The rest stays in the {@link TcpIntake}, and the channel is not read until
 * all of it has been taken. So the memory of a connection is bounded by one read, plus the high
 * water mark of the write buffer, plus {@code max-pipelined} answers. The memory of all connections
 * is bounded by the {@link TcpBacklog}.
 */
final class Connection {
  private final Channel channel;
  private final InetSocketAddress peer;
  private final InetSocketAddress address;
  private final int maxPipelined;
  private final TcpIntake intake;
  private final TcpAdmission.Seat seat;
  private final TcpBacklog backlog;
  private long lastProgressNanos;
  private long partialSinceNanos;
  private long unread;
  private int unanswered;
  private boolean secured;
  private boolean taking;
  private boolean held;
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
    this.peer = (InetSocketAddress) channel.remoteAddress();
    this.address = Introduction.client(channel);
    this.maxPipelined = limits.maxPipelined();
  }

  Channel channel() {
    return channel;
  }

  /** The client of the connection as it is known now; a handshake may tell more about it. */
  Client client(Transport transport, long number, String listener) {
    return new Client(
        address,
        peer,
        transport,
        number,
        listener,
        System.nanoTime(),
        Introduction.session(channel));
  }

  /** Number of queries in flight: taken, not ended. */
  int unanswered() {
    return unanswered;
  }

  /**
   * Passes queries to the taker while the client is below its limit of queries in flight and reads
   * its answers. If the taker ends a query at once, that does not start another call of the taker
   * from within.
   *
   * @return false if the client has sent something that can't be a query, so that nothing behind it
   *     can be read either
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
    seat.took();
    if (unanswered++ == 0) {
      seat.busy();
    }
  }

  private boolean hasRoom() {
    held = !seat.mayTake();
    return !held && unanswered < maxPipelined && channel.isWritable();
  }

  /**
   * Writes an answer; false if the client has left more answers unread than its share of the
   * backlog.
   */
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
    // Most of it may only be waiting for the flush at the end of this turn of the event loop.
    channel.flush();
    return countUnread();
  }

  /**
   * Reports to the backlog how many bytes have been written but not yet taken by the kernel; false
   * if that exceeds the connection's share.
   */
  boolean countUnread() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    long now = buffer == null ? 0 : buffer.totalPendingWriteBytes();
    boolean granted = backlog.change(unread, now);
    unread = now;
    return granted;
  }

  /**
   * Whether it is not read because its client has too many queries in flight on all its
   * connections. Then queries must be taken from time to time, since no event tells when it has
   * fewer.
   */
  boolean isHeld() {
    return held;
  }

  /** It has gone: its queries in flight count for its client no more. */
  void left() {
    seat.gave(unanswered);
  }

  /** A query has ended, with or without an answer. */
  void ended(long nowNanos) {
    seat.gave(1);
    if (--unanswered == 0) {
      seat.idle(nowNanos);
    }
  }

  void flush() {
    channel.flush();
    var unused = countUnread();
  }

  /** Queries may come from now on: there is no handshake, or it is done. */
  void secured(long nowNanos) {
    secured = true;
    lastProgressNanos = nowNanos;
    partialSinceNanos = nowNanos;
  }

  /** The client has closed its side; the connection closes when all queries have been answered. */
  void inputEnded() {
    inputEnded = true;
    goOn();
  }

  /** Takes no more queries, not even those that have been read already. */
  void endInput() {
    inputForgotten = true;
    intake.forget();
    inputEnded();
  }

  /** Closes the channel. With TLS that waits a second for a client that does not read. */
  void close() {
    inputForgotten = true;
    intake.forget();
    channel.config().setAutoRead(false);
    channel
        .close()
        .addListener(
            closed -> {
              var unused = countUnread();
            });
  }

  private void goOn() {
    boolean mayTake = intake.canTake();
    if (inputEnded && !secured) {
      // An answer could not be sent, and the end of the stream would wait for the handshake.
      close();
    } else if (inputEnded && unanswered == 0 && !mayTake) {
      channel
          .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
    } else {
      channel.config().setAutoRead(!inputEnded && !mayTake && hasRoom());
    }
  }

  /**
   * Whether the idle timeout has passed. Single bytes of a query do not count as progress: the
   * client has this time to send a query, to finish one that it has begun, even while others are in
   * flight, and to read its answers. A handshake has a time limit of its own. To be called
   * periodically, as the start of a partial query is only noticed here.
   */
  boolean isIdle(long nowNanos, long timeoutNanos) {
    if (!intake.isPartial() || !channel.config().isAutoRead()) {
      partialSinceNanos = nowNanos;
    }
    if (!secured) {
      return false;
    }
    if (held && channel.isWritable()) {
      lastProgressNanos = nowNanos;
    }
    boolean itsTurn = unanswered == 0 || !channel.isWritable();
    return (itsTurn && nowNanos - lastProgressNanos >= timeoutNanos)
        || nowNanos - partialSinceNanos >= timeoutNanos;
  }
}
