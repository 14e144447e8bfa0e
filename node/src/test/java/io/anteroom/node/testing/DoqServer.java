// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.InsecureQuicTokenHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/**
 * A server of DNS over QUIC on a free port of 127.0.0.1, that does with every query what its script
 * says, on its event loop.
 */
public final class DoqServer implements AutoCloseable {
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final BiConsumer<Asked, QuicStreamChannel> script;
  private final List<Asked> queries = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Channel socket;

  private DoqServer(
      TlsFiles files, String protocol, int streams, BiConsumer<Asked, QuicStreamChannel> script) {
    this.script = script;
    QuicSslContext tls =
        QuicSslContextBuilder.forServer(files.key().toFile(), null, files.certificate().toFile())
            .applicationProtocols(protocol)
            .build();
    ChannelHandler codec =
        new QuicServerCodecBuilder()
            .sslContext(tls)
            .maxIdleTimeout(60, TimeUnit.SECONDS)
            .initialMaxData(1 << 20)
            .initialMaxStreamDataBidirectionalRemote(1 << 17)
            .initialMaxStreamsBidirectional(streams)
            .tokenHandler(InsecureQuicTokenHandler.INSTANCE)
            .handler(new Connections())
            .streamHandler(new Streams())
            .build();
    this.socket =
        new Bootstrap()
            .group(loop)
            .channel(NioDatagramChannel.class)
            .handler(codec)
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  /** One that agrees on this protocol and allows so many streams at the same time. */
  public static DoqServer start(
      TlsFiles files, String protocol, int streams, BiConsumer<Asked, QuicStreamChannel> script) {
    return new DoqServer(files, protocol, streams, script);
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) socket.localAddress();
  }

  /** All queries so far. */
  public List<Asked> queries() {
    return List.copyOf(queries);
  }

  /** All connections so far. */
  public int connections() {
    return connections.get();
  }

  @Override
  public void close() {
    socket.close().syncUninterruptibly();
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private final class Connections extends ChannelInitializer<QuicChannel> {
    @Override
    protected void initChannel(QuicChannel connection) {
      connections.incrementAndGet();
    }
  }

  private final class Streams extends ChannelInitializer<QuicStreamChannel> {
    @Override
    protected void initChannel(QuicStreamChannel stream) {
      stream.pipeline().addLast(new OneQuery(stream));
    }
  }

  private final class OneQuery extends ChannelInboundHandlerAdapter {
    private final QuicStreamChannel stream;
    private final ByteBuf bytes = Unpooled.buffer();

    OneQuery(QuicStreamChannel stream) {
      this.stream = stream;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf part = (ByteBuf) message;
      bytes.writeBytes(part);
      part.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event == ChannelInputShutdownReadComplete.INSTANCE) {
        byte[] query = ByteBufUtil.getBytes(bytes.skipBytes(2));
        Asked asked = new Asked(query, address(), true, new Wire(stream));
        queries.add(asked);
        script.accept(asked, stream);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      context.close();
    }
  }

  private record Wire(QuicStreamChannel stream) implements Asked.Wire {
    @Override
    public void send(byte[] message) {
      sendRaw(
          ByteBufUtil.getBytes(Unpooled.buffer().writeShort(message.length).writeBytes(message)));
    }

    @Override
    public void sendFromElsewhere(byte[] message) {
      send(message);
    }

    @Override
    public void sendFromOtherAddress(byte[] message) {
      send(message);
    }

    @Override
    public void sendRaw(byte[] raw) {
      stream
          .writeAndFlush(Unpooled.wrappedBuffer(raw))
          .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
    }

    @Override
    public void close() {
      stream.parent().close(true, 0, Unpooled.EMPTY_BUFFER);
    }

    @Override
    public void later(Duration delay, Runnable action) {
      stream.eventLoop().schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
