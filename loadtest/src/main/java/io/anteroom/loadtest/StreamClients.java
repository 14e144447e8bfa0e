// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Clients that each keep one connection open, over TCP or TLS, and ask one query on it. They do not
 * check the certificate: the node is on loopback.
 */
final class StreamClients implements AutoCloseable {
  /** Connections that are being opened at the same time, so that no backlog overflows. */
  private static final int OPENING = 100;

  private static final Duration STILL = Duration.ofSeconds(30);
  private static final int MAX_MESSAGE = 0xffff;

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final InetSocketAddress node;
  private final AtomicReferenceArray<Channel> channels;
  private final Sender.Receiver receiver;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final @Nullable SslContext tls;

  /**
   * Clients of a node on loopback.
   *
   * @param receiver is told of each answer, on one thread
   */
  StreamClients(int port, int clients, boolean overTls, Sender.Receiver receiver) {
    this.node = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.channels = new AtomicReferenceArray<>(clients);
    this.receiver = receiver;
    this.tls = overTls ? trusting() : null;
  }

  private static SslContext trusting() {
    try {
      return SslContextBuilder.forClient()
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens all connections; returns the seconds that it took. */
  double open() {
    long start = System.nanoTime();
    for (int i = 0; i < channels.length(); i++) {
      connect(i);
      if (!Wait.until(() -> open.get() + lost.get(), i - OPENING, STILL)) {
        break;
      }
    }
    Wait.until(() -> open.get() + lost.get(), channels.length(), STILL);
    return (System.nanoTime() - start) / 1e9;
  }

  private void connect(int number) {
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                if (tls != null) {
                  SslHandler handler = tls.newHandler(channel.alloc());
                  handler.setHandshakeTimeoutMillis(STILL.toMillis());
                  channel.pipeline().addLast(handler);
                }
                channel
                    .pipeline()
                    .addLast(
                        new LengthFieldBasedFrameDecoder(
                            MAX_MESSAGE + Short.BYTES, 0, Short.BYTES, 0, Short.BYTES),
                        new Client(number));
              }
            })
        .connect(node)
        .addListener(connected -> count(connected.isSuccess() ? null : lost));
  }

  private static void count(@Nullable AtomicInteger what) {
    if (what != null) {
      what.incrementAndGet();
    }
  }

  /** One connection. */
  private final class Client extends SimpleChannelInboundHandler<ByteBuf> {
    private final int number;
    private boolean isOpen;

    Client(int number) {
      this.number = number;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      if (tls == null) {
        opened(context);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
        opened(context);
      }
    }

    private void opened(ChannelHandlerContext context) {
      isOpen = true;
      channels.set(number, context.channel());
      open.incrementAndGet();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf answer) {
      ByteBuffer message = ByteBuffer.allocate(answer.readableBytes());
      answer.readBytes(message);
      message.flip();
      int asked = Packets.number(message);
      receiver.receive(asked, asked == number && Packets.id(message) == id(number), message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (isOpen) {
        isOpen = false;
        open.decrementAndGet();
        lost.incrementAndGet();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  private static int id(int number) {
    return number * 31 & 0xffff;
  }

  /** Asks the query with this number on the connection with this number. */
  void ask(int number) {
    Channel channel = channels.get(number);
    if (channel != null) {
      byte[] query = Packets.framed(Packets.query(number, id(number)));
      channel.writeAndFlush(Unpooled.wrappedBuffer(query));
    }
  }

  /** Connections that are open, with their handshake done. */
  int opened() {
    return open.get();
  }

  /** Connections that could not be opened, or that the node has closed. */
  int lost() {
    return lost.get();
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
