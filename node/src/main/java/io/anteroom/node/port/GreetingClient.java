// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import io.anteroom.node.net.Survival;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks another node which cluster it is in. Each request has a connection of its own. */
final class GreetingClient extends ByteToMessageDecoder {
  private static final int CONNECT_MILLIS = 2_000;
  private static final int ANSWER_MILLIS = 3_000;

  private final CompletableFuture<byte[]> answer;

  private GreetingClient(CompletableFuture<byte[]> answer) {
    this.answer = answer;
  }

  static CompletionStage<byte[]> ask(String address, @Nullable PortTls tls, EventLoopGroup loop) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
    InetSocketAddress to =
        InetSocketAddress.createUnresolved(host, Integer.parseInt(address.substring(colon + 1)));
    var connecting =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) throws IOException {
                    channel
                        .pipeline()
                        .addLast(new ReadTimeoutHandler(ANSWER_MILLIS, TimeUnit.MILLISECONDS));
                    if (tls != null) {
                      channel.pipeline().addLast(tls.client(channel));
                    }
                    channel.pipeline().addLast(new GreetingClient(answer));
                  }
                })
            .connect(to);
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            answer.completeExceptionally(done.cause());
          }
        });
    return answer.orTimeout(CONNECT_MILLIS + ANSWER_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    ByteBuf question = context.alloc().buffer(Greeting.MAGIC.length + 1);
    question.writeBytes(Greeting.MAGIC).writeByte(Greeting.VERSION);
    context.writeAndFlush(question);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < 2) {
      return;
    }
    int length = in.getUnsignedShort(in.readerIndex());
    if (in.readableBytes() >= 2 + length) {
      byte[] text = new byte[length];
      in.skipBytes(2).readBytes(text);
      answer.complete(text);
      context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    super.channelInactive(context);
    answer.completeExceptionally(new IOException("the node has closed the connection"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    answer.completeExceptionally(cause);
    context.close();
  }
}
