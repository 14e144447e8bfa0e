// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;

/** One TCP connection of a listener. For the listener's thread alone. */
final class Connection {
  private final Channel channel;
  private final InetSocketAddress address;
  private final int maxPipelined;
  private int unanswered;
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

  void taken() {
    unanswered++;
    adjustReading();
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
    goOn();
  }

  void flush() {
    channel.flush();
    goOn();
  }

  /** The client sends no more; the connection closes when all is answered. */
  void inputEnded() {
    inputEnded = true;
    goOn();
  }

  private void goOn() {
    if (inputEnded && unanswered == 0) {
      channel
          .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
    } else {
      adjustReading();
    }
  }

  /** Nothing is under way, or the client does not read what it asked for. */
  boolean isIdle() {
    return unanswered == 0 || !channel.isWritable();
  }

  /** Reads on only while the client may have more queries under way and reads its answers. */
  void adjustReading() {
    channel.config().setAutoRead(!inputEnded && unanswered < maxPipelined && channel.isWritable());
  }
}
