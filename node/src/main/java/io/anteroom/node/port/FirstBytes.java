// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the first bytes of a connection and decides whether it is for the member behind the port or
 * a {@link Greeting}. Any other connection is closed and counted.
 */
final class FirstBytes extends ByteToMessageDecoder {
  private static final int TLS_HANDSHAKE = 0x16;
  private static final int TLS_HEADER = 5;

  /** The ClientHello messages of Java and OpenSSL are far smaller. */
  private static final int MAX_HELLO = 8 << 10;

  private final ClusterPort port;

  FirstBytes(ClusterPort port) {
    this.port = port;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    PortTls tls = port.tls();
    Boolean greets = tls == null ? greetsPlainly(in) : greetsOverTls(in);
    if (greets == null) {
      return;
    } else if (greets) {
      if (tls != null) {
        context.pipeline().addLast(tls.server(context.channel()));
      }
      context.pipeline().addLast(new Greeting.Answering(port::greeting));
    } else {
      InetSocketAddress member = port.member();
      if (member == null || !isMembers(in, tls)) {
        port.count(Counter.CLUSTER_PORT_GARBAGE);
        context.close();
        in.skipBytes(in.readableBytes());
        return;
      }
      context.channel().config().setAutoRead(false);
      context.pipeline().addLast(new Relay(port, member, tls == null));
    }
    // Bytes that were read go to the handlers that were added.
    context.pipeline().remove(this);
  }

  private static @Nullable Boolean greetsPlainly(ByteBuf in) {
    int known = Math.min(in.readableBytes(), Greeting.MAGIC.length);
    for (int i = 0; i < known; i++) {
      if (in.getByte(in.readerIndex() + i) != Greeting.MAGIC[i]) {
        return in.readableBytes() < FrameCheck.HEADER ? null : false;
      }
    }
    return known == Greeting.MAGIC.length ? true : null;
  }

  /** The ALPN protocol names are unencrypted in the first message of the client. */
  private static @Nullable Boolean greetsOverTls(ByteBuf in) {
    int start = in.readerIndex();
    if (in.readableBytes() < TLS_HEADER) {
      return (in.isReadable() && in.getByte(start) != TLS_HANDSHAKE) ? false : null;
    } else if (in.getByte(start) != TLS_HANDSHAKE) {
      return false;
    }
    int length = TLS_HEADER + in.getUnsignedShort(start + 3);
    if (length > MAX_HELLO) {
      return false;
    } else if (in.readableBytes() < length) {
      return null;
    }
    byte[] hello = new byte[length];
    in.getBytes(start, hello);
    return new String(hello, StandardCharsets.ISO_8859_1).contains(PortTls.GREETING);
  }

  private static boolean isMembers(ByteBuf in, @Nullable PortTls tls) {
    int start = in.readerIndex();
    return tls == null
        ? FrameCheck.isHeader(in)
        : in.getByte(start) == TLS_HANDSHAKE && in.readableBytes() >= TLS_HEADER;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    context.close();
  }
}
