// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of 127.0.0.1 that drops what is sent to it, so that connecting to it takes for ever: a
 * listening socket that accepts nothing, and whose backlog is full.
 */
public final class Blackhole implements AutoCloseable {
  /** The backlog of 1 holds two connections; the kernel drops the SYN of the others. */
  private static final int CONNECTIONS = 4;

  private final ServerSocket listening;
  private final List<SocketChannel> connections = new ArrayList<>();

  public Blackhole() throws IOException {
    listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    for (int i = 0; i < CONNECTIONS; i++) {
      SocketChannel connection = SocketChannel.open();
      connections.add(connection);
      connection.configureBlocking(false);
      connection.connect(listening.getLocalSocketAddress());
    }
  }

  public int port() {
    return listening.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (SocketChannel connection : connections) {
      connection.close();
    }
  }
}
