// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Binds the sockets of a listener at one address: one on each event loop where SO_REUSEPORT is
 * available, else one. They do not read yet. To be used on threads that may block, not on event
 * loops.
 */
final class SocketBinder {
  private final EventLoops loops;

  SocketBinder(EventLoops loops) {
    this.loops = loops;
  }

  boolean isShuttingDown() {
    return loops.get(0).isShuttingDown();
  }

  /**
   * Binds all sockets of one address, or none.
   *
   * @throws IOException if one can't be bound; none is left open
   */
  List<OpenSocket> bind(Binding binding, InetAddress address) throws IOException {
    ListenerSettings settings = binding.settings();
    InetSocketAddress at = new InetSocketAddress(address, settings.address().getPort());
    int copies = Sockets.sharesPorts() ? loops.count() : 1;
    if (copies > 1) {
      ensureFree(settings, at);
    }
    List<OpenSocket> bound = new ArrayList<>();
    try {
      for (int loop = 0; loop < copies; loop++) {
        OpenSocket socket = binding.bind(at, loop, copies > 1);
        bound.add(socket);
        at = (InetSocketAddress) socket.channel().localAddress();
      }
    } catch (IOException | RuntimeException e) {
      bound.forEach(socket -> socket.channel().close());
      throw e;
    }
    return bound;
  }

  /**
   * Fails if the port is in use: with SO_REUSEPORT, a bind succeeds even if another process has it.
   */
  private static void ensureFree(ListenerSettings settings, InetSocketAddress address)
      throws IOException {
    if (settings.isOnTcp()) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(address);
      }
    } else {
      new DatagramSocket(address).close();
    }
  }

  /** Waits until the channel is bound and returns it. */
  static Channel bound(ChannelFuture future) throws IOException {
    Throwable failure = future.awaitUninterruptibly().cause();
    if (failure != null) {
      throw failure instanceof IOException e ? e : new IOException(failure);
    }
    return future.channel();
  }
}
