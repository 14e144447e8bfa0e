// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.AddressedEnvelope;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultAddressedEnvelope;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A filter as an operator may have it already: a program that is sent DNS messages as datagrams and
 * answers with text. Its script says which datagrams follow a message.
 */
public final class DatagramFilter implements AutoCloseable {
  /** Says nothing. */
  public static final Function<Sent, List<String>> SILENT = sent -> List.of();

  /** Answers with the id, as the example in dnsdist's documentation. */
  public static final Function<Sent, List<String>> ACCEPT = sent -> List.of("" + sent.id());

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  private final BlockingQueue<Sent> received = new LinkedBlockingQueue<>();
  private final @Nullable SocketAddress answerTo;
  private final Channel channel;
  private volatile Function<Sent, List<String>> script;
  private volatile @Nullable SocketAddress asker;

  /** A message that the filter was sent. */
  public record Sent(byte[] message) {
    public int id() {
      return (message[0] & 0xff) << 8 | message[1] & 0xff;
    }

    /** The name in the question, without the last dot. */
    public String name() {
      return DnsMessages.parse(message).getQuestion().getName().toString(true);
    }
  }

  private DatagramFilter(
      Bootstrap bootstrap,
      SocketAddress at,
      @Nullable SocketAddress answerTo,
      Function<Sent, List<String>> script) {
    this.script = script;
    this.answerTo = answerTo;
    channel =
        bootstrap
            .group(group)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(0xffff))
            .handler(new Handler())
            .bind(at)
            .syncUninterruptibly()
            .channel();
  }

  /**
   * One on a Unix socket.
   *
   * @param path where it is sent messages; what was left there before is removed
   * @param answerTo where it sends verdicts; null for whoever sent the message
   */
  public static DatagramFilter unix(
      String path, @Nullable String answerTo, Function<Sent, List<String>> script) {
    return new DatagramFilter(
        new Bootstrap().channel(EpollDomainDatagramChannel.class),
        unixAddress(path),
        answerTo == null ? null : unixAddress(answerTo),
        script);
  }

  /** One on a UDP port of 127.0.0.1. */
  public static DatagramFilter udp(int port, Function<Sent, List<String>> script) {
    return new DatagramFilter(
        new Bootstrap()
            .channel(
                Epoll.isAvailable()
                    ? io.netty.channel.epoll.EpollDatagramChannel.class
                    : NioDatagramChannel.class),
        new InetSocketAddress("127.0.0.1", port),
        null,
        script);
  }

  private static DomainSocketAddress unixAddress(String path) {
    return new DomainSocketAddress(path.startsWith("@") ? "\0" + path.substring(1) : path);
  }

  /** The port of one on UDP. */
  public int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  /** Goes by another script from now on. */
  public void play(Function<Sent, List<String>> next) {
    script = next;
  }

  /** The message it was sent next; waits for one. */
  public Sent next() {
    try {
      Sent next = received.poll(DnsClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (next == null) {
        throw new AssertionError("the filter is not asked");
      }
      return next;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** How many messages it has been sent that {@link #next} has not told. */
  public int waiting() {
    return received.size();
  }

  /** Sends a datagram to where it sends verdicts, or else to who asked last. */
  public void say(String datagram) {
    say(Unpooled.copiedBuffer(datagram, StandardCharsets.ISO_8859_1));
  }

  private void say(ByteBuf datagram) {
    SocketAddress to = answerTo == null ? asker : answerTo;
    if (to == null) {
      throw new AssertionError("nobody has asked yet");
    }
    channel.writeAndFlush(new DefaultAddressedEnvelope<>(datagram, to));
  }

  /** Leaves unread what it is sent, or not. */
  public void sleep(boolean sleeps) {
    channel.config().setAutoRead(!sleeps);
  }

  /** Ends it, as if its process were killed: its file stays behind. */
  @Override
  public void close() {
    if (group.isShuttingDown()) {
      return;
    }
    channel.close().syncUninterruptibly();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private final class Handler
      extends SimpleChannelInboundHandler<AddressedEnvelope<ByteBuf, SocketAddress>> {
    @Override
    protected void channelRead0(
        ChannelHandlerContext context, AddressedEnvelope<ByteBuf, SocketAddress> datagram) {
      asker = datagram.sender();
      Sent sent = new Sent(ByteBufUtil.getBytes(datagram.content()));
      received.add(sent);
      script.apply(sent).forEach(DatagramFilter.this::say);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // The node has gone; its test sees what it sees.
    }
  }
}
