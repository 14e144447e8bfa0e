// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;

/**
 * One TCP connection of a listener. For the listener's thread alone.
 *
 * <p>What one read brings may be more than the client may have under way, or than it reads the
 * answers of; the rest waits here, and nothing more is read until it has been taken. So what a
 * connection holds is bounded by one read, {@code max-pipelined} queries and the write buffer's
 * upper mark with one answer on top.
 */
final class Connection {
  private final Channel channel;
  private final InetSocketAddress address;
  private final int maxPipelined;
  private final ArrayDeque<byte[]> received = new ArrayDeque<>();
  private int unanswered;
  private boolean taking;
  private boolean inputEnded;

  Connection(Channel channel, ListenerSettings settings) {
    this.channel = channel;
    this.address = (InetSocketAddress) channel.remoteAddress();
    this.maxPipelined = settings.maxPipelined();
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

  /** Keeps messages until they are taken. */
  void add(List<byte[]> messages) {
    received.addAll(messages);
  }

  /**
   * Gives messages to the taker, as long as the client may have more queries under way and reads
   * its answers. A message that the taker ends at once does not make it take the next within that
   * call.
   */
  void take(Consumer<byte[]> taker) {
    if (taking) {
      return;
    }
    taking = true;
    try {
      while (!received.isEmpty() && hasRoom()) {
        unanswered++;
        taker.accept(received.poll());
      }
    } finally {
      taking = false;
    }
    goOn();
  }

  private boolean hasRoom() {
    return unanswered < maxPipelined && channel.isWritable();
  }

  void write(byte[] message) {
    channel.write(
        channel
            .alloc()
            .directBuffer(Short.BYTES + message.length)
            .writeShort(message.length)
            .writeBytes(message),
        channel.voidPromise());
    unanswered--;
  }

  /** A query has ended without an answer. */
  void ended() {
    unanswered--;
  }

  void flush() {
    channel.flush();
  }

  /** The client sends no more; the connection closes when all is answered. */
  void inputEnded() {
    inputEnded = true;
    goOn();
  }

  /** Takes nothing more, not even what has been read. */
  void endInput() {
    received.clear();
    inputEnded();
  }

  void close() {
    received.clear();
    channel.close();
  }

  private void goOn() {
    if (inputEnded && unanswered == 0 && received.isEmpty()) {
      channel
          .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
    } else {
      channel.config().setAutoRead(!inputEnded && received.isEmpty() && hasRoom());
    }
  }

  /** Nothing is under way, or the client does not read what it asked for. */
  boolean isIdle() {
    return unanswered == 0 || !channel.isWritable();
  }
}
