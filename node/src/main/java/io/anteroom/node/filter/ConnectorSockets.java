// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.net.Sockets;
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
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sockets of the connectors that speak in datagrams. */
final class ConnectorSockets {
  /** Datagrams that are read before others have their turn. */
  private static final int BATCH = 256;

  /**
   * What waits in the channel; the rest waits in the connector, where what has ended is left out.
   */
  private static final WriteBufferWaterMark BACKLOG = new WriteBufferWaterMark(16 << 10, 32 << 10);

  /** Verdicts wait in it; the system may allow less. */
  private static final int RECEIVE_BUFFER = 4 << 20;

  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET = 0140000;

  /** Binds to an abstract name of the kernel's choice. */
  private static final DomainSocketAddress ANY = new DomainSocketAddress("");

  private ConnectorSockets() {}

  /**
   * Opens the sockets at which verdicts come in by a path of their own. To be called from a thread
   * that may block, not from an event loop.
   *
   * @return them by asyncID; they do not read yet
   * @throws IOException if one can't be opened, with a message for the operator; none is left open
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
      ensureFree(Path.of(path));
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

  /** Binding replaces whatever is there, so that must be a socket which nobody has open. */
  private static void ensureFree(Path path) throws IOException {
    Path directory = path.getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new IOException("no such directory: " + directory);
    }
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & FILE_TYPE) != SOCKET) {
      throw new IOException(path + " is there, and is no socket");
    }
    if (isOpen(path)) {
      throw new IOException(path + " is in use by another process");
    }
  }

  /** A socket of any kind says that it does not fit, or lets us connect, unless nobody has it. */
  private static boolean isOpen(Path path) throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (ConnectException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  /**
   * Opens the socket that messages to the filter leave by.
   *
   * @param handler hears what comes in there, and what goes wrong
   */
  static ChannelFuture connect(
      ConnectorSettings.Datagram settings, EventLoop loop, ChannelHandler handler) {
    if (settings instanceof ConnectorSettings.Unix unix) {
      Bootstrap bootstrap = bootstrap(loop, handler);
      SocketAddress filter = address(unix.sendTo());
      // Without an address of its own the filter could not answer it.
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

  /** Removes the file of a socket that is closed. */
  static void remove(@Nullable String path) throws IOException {
    if (path != null && !isAbstract(path)) {
      Files.deleteIfExists(Path.of(path));
    }
  }

  /** As the operator wrote it. */
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
