// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.net.Sockets;
import io.anteroom.node.net.UnixFiles;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sockets of datagram connectors (Unix and UDP). */
final class ConnectorSockets {
  /** Datagrams read at most before the event loop serves other channels. */
  private static final int BATCH = 256;

  /**
   * Bounds what is queued in the channel, in bytes. The rest waits in the connector, which skips
   * requests that have ended.
   */
  private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(16 << 10, 32 << 10);

  /** SO_RCVBUF in bytes, for verdicts not read yet; the kernel may limit it to less. */
  private static final int RECEIVE_BUFFER = 4 << 20;

  /** Binds to an abstract name that the kernel chooses. */
  private static final DomainSocketAddress ANY = new DomainSocketAddress("");

  private ConnectorSockets() {}

  /**
   * Opens the Unix sockets with a path of their own on which verdicts arrive. Blocks, so it must
   * not be called from an event loop.
   *
   * @return the channels by asyncID, with auto-read off
   * @throws IOException if a socket can't be opened, with a message for the operator; all others
   *     are closed
   */
  static Map<Integer, Channel> open(Collection<FilterSettings> filters, EventLoop loop)
      throws IOException {
    Map<Integer, Channel> open = new LinkedHashMap<>();
    for (FilterSettings filter : filters) {
      if (filter.connector() instanceof ConnectorSettings.Unix unix) {
        try {
          ensureUnixDatagrams();
          if (unix.receiveAt() != null) {
            open.put(filter.asyncId(), bind(unix.receiveAt(), loop));
          }
        } catch (IOException e) {
          open.values().forEach(Channel::close);
          throw new IOException(
              "the connector of filters.%s can't be opened: %s"
                  .formatted(filter.name(), e.getMessage()),
              e);
        }
      }
    }
    return open;
  }

  private static void ensureUnixDatagrams() throws IOException {
    if (!Sockets.hasUnixDatagrams()) {
      throw new IOException(
          "Unix datagram sockets need Linux and the library that Netty has for it; use"
              + " transport = udp");
    }
  }

  private static Channel bind(String path, EventLoop loop) throws IOException {
    if (!isAbstract(path)) {
      UnixFiles.ensureFree(Path.of(path));
    }
    ChannelFuture bound =
        bootstrap(loop, new ChannelInboundHandlerAdapter())
            .option(ChannelOption.AUTO_READ, false)
            .bind(address(path));
    Throwable failure = bound.awaitUninterruptibly().cause();
    if (failure != null) {
      throw new IOException("can't bind " + path + ": " + failure.getMessage(), failure);
    }
    return bound.channel();
  }

  /**
   * Opens the socket that sends messages to the filter.
   *
   * @param handler receives the datagrams and failures of this socket
   */
  static ChannelFuture connect(
      ConnectorSettings.Datagram settings, EventLoop loop, ChannelHandler handler) {
    if (settings instanceof ConnectorSettings.Unix unix) {
      Bootstrap bootstrap = bootstrap(loop, handler);
      SocketAddress filter = address(unix.sendTo());
      // Without a local address the socket could not receive the filter's verdicts.
      return unix.receiveAt() == null ? bootstrap.connect(filter, ANY) : bootstrap.connect(filter);
    }
    ConnectorSettings.Udp udp = (ConnectorSettings.Udp) settings;
    return Sockets.datagram(loop, udp.sendTo().getAddress(), DatagramVerdict.TOO_LONG, BATCH)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG)
        .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
        .handler(handler)
        .connect(udp.sendTo());
  }

  private static Bootstrap bootstrap(EventLoop loop, ChannelHandler handler) {
    return Sockets.unixDatagram(loop, DatagramVerdict.TOO_LONG, BATCH)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, BACKLOG)
        .handler(handler);
  }

  /** Deletes the file of a closed socket. */
  static void remove(@Nullable String path) throws IOException {
    if (path != null && !isAbstract(path)) {
      Files.deleteIfExists(Path.of(path));
    }
  }

  /** The filter's address, as written in the configuration. */
  static String text(ConnectorSettings.Datagram settings) {
    return settings instanceof ConnectorSettings.Unix unix
        ? unix.sendTo()
        : Addresses.text(((ConnectorSettings.Udp) settings).sendTo());
  }

  private static boolean isAbstract(String path) {
    return path.startsWith("@");
  }

  private static DomainSocketAddress address(String path) {
    return new DomainSocketAddress(isAbstract(path) ? "\0" + path.substring(1) : path);
  }
}
