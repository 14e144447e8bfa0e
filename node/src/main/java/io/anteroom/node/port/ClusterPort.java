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
 * The port at which other members reach this node. Thread-safe. It has a thread of its own, so that
 * a flood of it does not slow the listeners down.
 *
 * <p><b>Protection.</b> Pekko's transport accepts any frame length, keeps unfinished TLS handshakes
 * forever, and accepts any number of connections. So it listens only on loopback, and other members
 * connect to this port, which relays to it. The number of connections is limited ({@link
 * Admission}), a connection must have sent valid data by a deadline, and unencrypted data are
 * checked for invalid frames ({@link FrameCheck}).
 *
 * <p><b>Change of the member.</b> {@link #forwardTo} relays new connections to another port.
 * Existing connections stay, so a member that is about to leave still receives messages, until it
 * is {@linkplain #cutOff cut off}.
 *
 * <p><b>Greetings.</b> Other nodes can ask which cluster this node is in, without a Pekko
 * connection ({@link Greeting}). With TLS this needs a certificate of the cluster.
 */
public final class ClusterPort {
  /** The maximum number of bytes per connection and direction that wait to be written. */
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
   * Binds the port. Must not be called on an event loop.
   *
   * @param address port 0 means any free port
   * @param tls the TLS files of the members; null if they use plain TCP
   * @throws IOException if the port can't be bound or a file can't be read
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

  /** The address to which the port is bound. */
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** Relays new connections to this port, at which a member listens. */
  public void forwardTo(InetSocketAddress now) {
    member = now;
  }

  /**
   * Closes all connections that are relayed to this port; the peers may connect again. If another
   * port has been set with {@link #forwardTo}, none is relayed to this one any more.
   */
  public void cutOff(InetSocketAddress former) {
    // On the thread that begins to relay: a connection that it is about to relay is closed as well.
    loop.execute(() -> closeRelaysTo(former));
  }

  private void closeRelaysTo(InetSocketAddress former) {
    relays.forEach(
        (outer, to) -> {
          if (to.equals(former)) {
            outer.close();
          }
        });
  }

  /** Registers a connection that is relayed to a member, until it closes. */
  void leads(Channel outer, InetSocketAddress to) {
    relays.put(outer, to);
    outer.closeFuture().addListener(closed -> relays.remove(outer));
  }

  /** Sets the answer to greetings, which is empty until then. */
  public void greetWith(byte[] text) {
    greeting = text.clone();
  }

  /**
   * Asks another node for the text that it has set with {@link #greetWith}. Never blocks.
   *
   * @param address {@code host:port}, the host may be a name
   * @return the text; fails if there is no answer within 3 s
   */
  public CompletionStage<byte[]> ask(String address) {
    return GreetingClient.ask(address, tls, loop);
  }

  /** Closes the port and all its connections. */
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
