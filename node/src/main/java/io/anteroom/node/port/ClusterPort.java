// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Sockets;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The port by which other members reach this node. Any thread may use it; it has a thread of its
 * own, so that whoever floods it takes no time from the listeners.
 *
 * <p><b>Guard.</b> Pekko's transport reads whatever length a frame claims to have, keeps half open
 * TLS handshakes for ever, and takes any number of connections. So it listens on loopback only, and
 * connections come to it through here: bounded in number ({@link Admission}), with a deadline by
 * which they must have proven to be more than an open socket, and, where they are not encrypted,
 * looked at for what cannot be a frame ({@link FrameCheck}).
 *
 * <p><b>Change of the member behind it.</b> {@link #forwardTo} leads connections to another port
 * from now on. Those that are there already stay where they are, so a member that is about to leave
 * still hears what others send it, unless they are cut off.
 *
 * <p><b>Greetings.</b> A node can be asked which cluster it is in, before anything of Pekko's is
 * connected ({@link Greeting}); with TLS only by who has a certificate of the cluster.
 */
public final class ClusterPort {
  /** What one side has sent and the other has not taken yet, at most, per connection. */
  private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(64 << 10, 256 << 10);

  private final Counters<Counter> counters;
  private final @Nullable PortTls tls;
  private final EventLoopGroup loop;
  private final Admission admission;
  private final Channel channel;
  private final Map<Channel, InetSocketAddress> relays = new ConcurrentHashMap<>();
  private volatile @Nullable InetSocketAddress member;
  private volatile byte[] greeting = {};

  private ClusterPort(
      InetSocketAddress address,
      @Nullable PortTls tls,
      Admission.Limits limits,
      Counters<Counter> counters)
      throws IOException {
    this.counters = counters;
    this.tls = tls;
    this.admission = new Admission(limits, counters);
    this.loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("anteroom-cluster-port", true), NioIoHandler.newFactory());
    ChannelFuture bound = bootstrap(address).bind(address).awaitUninterruptibly();
    if (bound.cause() != null) {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw bound.cause() instanceof IOException e ? e : new IOException(bound.cause());
    }
    this.channel = bound.channel();
  }

  /**
   * Binds the port. Not to be called from an event loop.
   *
   * @param address port 0 takes any that is free
   * @param tls the files that members use among themselves; null if they speak plain TCP
   * @throws IOException if it can't be bound, or a file can't be read
   */
  public static ClusterPort open(
      InetSocketAddress address, @Nullable PortTls tls, Counters<Counter> counters)
      throws IOException {
    return open(address, tls, Admission.Limits.DEFAULT, counters);
  }

  static ClusterPort open(
      InetSocketAddress address,
      @Nullable PortTls tls,
      Admission.Limits limits,
      Counters<Counter> counters)
      throws IOException {
    if (tls != null) {
      tls.check();
    }
    return new ClusterPort(address, tls, limits, counters);
  }

  private ServerBootstrap bootstrap(InetSocketAddress address) {
    return new ServerBootstrap()
        .group(loop)
        .channelFactory(() -> Sockets.nioServer(address.getAddress()))
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, 128)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG)
        .childHandler(new Accepted());
  }

  @Sharable
  private final class Accepted extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel connection) {
      if (!admission.admit(connection)) {
        connection.close();
        return;
      }
      connection.pipeline().addLast(new FirstBytes(ClusterPort.this));
      connection.config().setAutoRead(true);
    }
  }

  /** Where it is bound. */
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** Leads connections that come from now on to this port, at which a member listens. */
  public void forwardTo(InetSocketAddress now) {
    member = now;
  }

  /** Closes all connections that lead to this port; those who made them may connect again. */
  public void cutOff(InetSocketAddress former) {
    relays.forEach(
        (outer, to) -> {
          if (to.equals(former)) {
            outer.close();
          }
        });
  }

  /** A connection leads to a member, for as long as it lasts. */
  void leads(Channel outer, InetSocketAddress to) {
    relays.put(outer, to);
    outer.closeFuture().addListener(closed -> relays.remove(outer));
  }

  /** What to answer who asks, from now on; an empty answer until then. */
  public void greetWith(byte[] text) {
    greeting = text.clone();
  }

  /**
   * Asks another node what it would have said to {@link #greetWith}. Never blocks.
   *
   * @param address {@code host:port}, where the host may be a name
   * @return fails if there is no answer within 3 s
   */
  public CompletionStage<byte[]> ask(String address) {
    return GreetingClient.ask(address, tls, loop);
  }

  /** Closes the port and all connections that came through it. */
  public void close() {
    channel.close();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Nullable InetSocketAddress member() {
    return member;
  }

  byte[] greeting() {
    return greeting;
  }

  @Nullable PortTls tls() {
    return tls;
  }

  Admission admission() {
    return admission;
  }

  void count(Counter counter) {
    counters.increment(counter);
  }
}
