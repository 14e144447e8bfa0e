// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/**
 * The first handler of a QUIC socket. It drops packets that must not cost anything, and sends all
 * packets of one turn of the event loop at once (sendmmsg): the codec behind it flushes after each
 * answer.
 */
final class QuicPackets extends ChannelDuplexHandler {
  /** A shorter datagram can't begin a connection (RFC 9000 section 14.1). */
  private static final int MIN_FIRST = 1_200;

  private static final int LONG_HEADER = 0x80;
  private static final int TYPE = 0x30;
  private static final int INITIAL = 0;
  private static final int VERSION_1 = 1;
  private static final int VERSION_AT = 1;

  private final Acl acl;
  private final Counters<Counter> counters;
  private boolean stopped;
  private boolean flushing;

  QuicPackets(Acl acl, Counters<Counter> counters) {
    this.acl = acl;
    this.counters = counters;
  }

  /** Lets no more connections begin. */
  void stopTaking() {
    stopped = true;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    DatagramPacket packet = (DatagramPacket) message;
    if (isWelcome(packet.sender(), packet.content())) {
      context.fireChannelRead(packet);
    } else {
      packet.release();
    }
  }

  private boolean isWelcome(InetSocketAddress sender, ByteBuf packet) {
    if (sender.getPort() == 0) {
      counters.increment(Counter.SOURCE_PORT_ZERO);
      return false;
    }
    return acl.admits(sender) && mayBeRead(packet);
  }

  /**
   * Whether a packet belongs to a connection, or may begin one. The answer to a first packet, a
   * Retry or a list of versions, must not be longer than the packet, whose sender may be forged.
   */
  private boolean mayBeRead(ByteBuf packet) {
    if (!packet.isReadable()) {
      return false;
    }
    int first = packet.getUnsignedByte(packet.readerIndex());
    if ((first & LONG_HEADER) == 0) {
      return true;
    }
    boolean known =
        packet.readableBytes() >= VERSION_AT + Integer.BYTES
            && packet.getInt(packet.readerIndex() + VERSION_AT) == VERSION_1;
    if (known && (first & TYPE) != INITIAL) {
      return true;
    }
    if (packet.readableBytes() < MIN_FIRST) {
      counters.increment(Counter.QUIC_SHORT);
      return false;
    }
    return !stopped;
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    if (!flushing) {
      flushing = true;
      context
          .channel()
          .eventLoop()
          .execute(
              () -> {
                flushing = false;
                context.flush();
              });
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    // A datagram has caused an ICMP error. The connection repeats or gives up by itself.
  }
}
