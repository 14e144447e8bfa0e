// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.net.Descriptors;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.Sockets;
import io.anteroom.protocol.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bound sockets of a node's listeners, which do not read yet. They are opened before the actors
 * that own them, so that a port in use stops the start with a clear word.
 */
public final class OpenSockets {
  private static final Logger LOG = LoggerFactory.getLogger(OpenSockets.class);

  /** A longer query is cut, and answered as one that can't be read. */
  private static final int MAX_QUERY = 2_048;

  private static final int BATCH = 64;

  /** Answers that the kernel does not take are dropped, not kept, above the upper mark. */
  private static final WriteBufferWaterMark UDP_BACKLOG =
      new WriteBufferWaterMark(1 << 20, 4 << 20);

  private static final WriteBufferWaterMark TCP_BACKLOG =
      new WriteBufferWaterMark(64 << 10, 256 << 10);

  private final EventLoops loops;
  private final Acl acl;
  private final int maxConnections;
  private final TcpBacklog backlog = TcpBacklog.ofHeap();
  private final Counters<Counter> counters;
  private final List<OpenSocket> sockets = new ArrayList<>();

  /**
   * One of them.
   *
   * @param loop the number of its event loop
   * @param acceptor null for UDP
   */
  public record OpenSocket(
      ListenerSettings settings, int loop, Channel channel, @Nullable TcpAcceptor acceptor) {}

  private OpenSockets(EventLoops loops, Acl acl, int maxConnections, Counters<Counter> counters) {
    this.loops = loops;
    this.acl = acl;
    this.maxConnections = maxConnections;
    this.counters = counters;
  }

  /**
   * Binds all of them. To be called from a thread that may block, not from an event loop.
   *
   * @param upstream how many sockets to upstream servers there may be, for which connections of
   *     clients leave descriptors
   * @throws IOException if one can't be bound, with a message for the operator; none is left open
   */
  public static OpenSockets open(
      List<ListenerSettings> listeners,
      long upstream,
      EventLoops loops,
      Acl acl,
      Counters<Counter> counters)
      throws IOException {
    OpenSockets open = new OpenSockets(loops, acl, maxConnections(listeners, upstream), counters);
    for (ListenerSettings settings : listeners) {
      try {
        open.open(settings);
      } catch (IOException e) {
        open.close();
        throw new IOException(
            "can't listen on %s %s: %s"
                .formatted(settings.transport().word(), text(settings.address()), reason(e)),
            e);
      }
    }
    return open;
  }

  /** How many connections there are descriptors for; says so if that is not what was configured. */
  private static int maxConnections(List<ListenerSettings> listeners, long upstream) {
    List<ListenerSettings> tcp =
        listeners.stream().filter(each -> each.transport() == Transport.TCP).toList();
    long limit = Descriptors.limit();
    int each = Descriptors.forConnections(limit, upstream, tcp.size());
    for (ListenerSettings listener : tcp) {
      if (listener.maxConnections() > each) {
        LOG.warn(
            "{} takes {} connections at most, and not {}: this process may have {} files open, of"
                + " which upstream servers may need {}; raise that limit (ulimit -n, LimitNOFILE)",
            listener.name(),
            each,
            listener.maxConnections(),
            limit,
            upstream);
      }
    }
    return each;
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("Address already in use") ? "address already in use" : message;
  }

  private void open(ListenerSettings settings) throws IOException {
    // An answer leaves from the address that was asked, so a wildcard becomes a socket for each.
    TcpAdmission admission =
        new TcpAdmission(settings, maxConnections, counters, new SplittableRandom());
    for (InetAddress address : addresses(settings)) {
      InetSocketAddress at = new InetSocketAddress(address, settings.address().getPort());
      int copies = Sockets.sharesPorts() ? loops.count() : 1;
      if (copies > 1) {
        ensureFree(settings.transport(), at);
      }
      for (int loop = 0; loop < copies; loop++) {
        Channel channel =
            settings.transport() == Transport.UDP
                ? openUdp(settings, at, loop, copies > 1)
                : openTcp(settings, at, loop, copies > 1, admission);
        at = (InetSocketAddress) channel.localAddress();
      }
    }
  }

  private static Set<InetAddress> addresses(ListenerSettings settings) throws SocketException {
    InetAddress address = settings.address().getAddress();
    if (!address.isAnyLocalAddress() || settings.transport() != Transport.UDP) {
      return Set.of(address);
    }
    Set<InetAddress> all = new LinkedHashSet<>();
    NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(a -> a.getClass() == address.getClass())
        .forEach(all::add);
    return all;
  }

  /** Sockets that share a port would not see that another process has it too. */
  private static void ensureFree(Transport transport, InetSocketAddress address)
      throws IOException {
    if (transport == Transport.UDP) {
      new DatagramSocket(address).close();
    } else {
      try (java.net.ServerSocket probe = new java.net.ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(address);
      }
    }
  }

  private Channel openUdp(
      ListenerSettings settings, InetSocketAddress address, int loop, boolean shared)
      throws IOException {
    Bootstrap bootstrap =
        Sockets.datagram(loops.get(loop), address.getAddress(), MAX_QUERY, BATCH)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_RCVBUF, settings.receiveBuffer())
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, UDP_BACKLOG)
            .handler(new ChannelInboundHandlerAdapter());
    Channel channel = bound((shared ? Sockets.shared(bootstrap) : bootstrap).bind(address));
    sockets.add(new OpenSocket(settings, loop, channel, null));
    return channel;
  }

  private Channel openTcp(
      ListenerSettings settings,
      InetSocketAddress address,
      int loop,
      boolean shared,
      TcpAdmission admission)
      throws IOException {
    TcpAcceptor acceptor = new TcpAcceptor(acl, admission, backlog);
    ServerBootstrap bootstrap =
        Sockets.server(loops.get(loop))
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_BACKLOG, 1_024)
            .handler(new AcceptFailures(counters))
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(64, 512, TcpIntake.MAX_READ).maxMessagesPerRead(1))
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TCP_BACKLOG)
            .childHandler(acceptor);
    Channel channel = bound((shared ? Sockets.shared(bootstrap) : bootstrap).bind(address));
    sockets.add(new OpenSocket(settings, loop, channel, acceptor));
    return channel;
  }

  private static Channel bound(ChannelFuture future) throws IOException {
    Throwable failure = future.awaitUninterruptibly().cause();
    if (failure != null) {
      throw failure instanceof IOException e ? e : new IOException(failure);
    }
    return future.channel();
  }

  /** Who may ask here. */
  public Acl acl() {
    return acl;
  }

  public List<OpenSocket> all() {
    return List.copyOf(sockets);
  }

  /** Where they are bound, each address once. */
  public List<Bound> bound() {
    Set<Bound> all = new LinkedHashSet<>();
    for (OpenSocket socket : sockets) {
      all.add(
          new Bound(
              socket.settings().transport(), (InetSocketAddress) socket.channel().localAddress()));
    }
    return List.copyOf(all);
  }

  /** Where clients can ask. */
  public record Bound(Transport transport, InetSocketAddress address) {}

  /** Closes them; only needed if no listener owns them. Not to be called from an event loop. */
  public void close() {
    sockets.forEach(socket -> socket.channel().close().awaitUninterruptibly());
  }
}
