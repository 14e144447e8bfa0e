// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/**
 * The protocol by which nodes ask each other which cluster they are in. The request is eight bytes
 * that identify the protocol and its version. The answer is a length in two bytes and the text;
 * then the connection is closed.
 */
final class Greeting {
  static final byte[] MAGIC = "ANTEROOM".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 1;
  static final int MAX_TEXT = 0xffff;

  private Greeting() {}

  /** Answers a greeting. */
  static final class Answering extends ByteToMessageDecoder {
    private final Supplier<byte[]> text;

    Answering(Supplier<byte[]> text) {
      this.text = text;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
      if (in.readableBytes() <= MAGIC.length) {
        return;
      }
      in.skipBytes(in.readableBytes());
      byte[] answer = text.get();
      int length = Math.min(answer.length, MAX_TEXT);
      ByteBuf message = context.alloc().buffer(2 + length);
      message.writeShort(length).writeBytes(answer, 0, length);
      context.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Survival.endIfOutOfMemory(cause);
      // Mostly a peer without a certificate of the cluster.
      context.close();
    }
  }
}
