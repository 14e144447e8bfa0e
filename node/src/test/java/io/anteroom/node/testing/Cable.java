// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What stands between a process and those that connect to it over TCP. Cut, it loses all that is
 * sent, without a word to either side, as a network does.
 */
public final class Cable implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final ServerSocket server;
  private final InetSocketAddress to;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  private Cable(ServerSocket server, InetSocketAddress to) {
    this.server = server;
    this.to = to;
  }

  /** One from a port of 127.0.0.1 to another. */
  public static Cable between(int port, int to) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try {
      Cable cable =
          new Cable(new ServerSocket(port, 50, loopback), new InetSocketAddress(loopback, to));
      start(cable::accept);
      return cable;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Loses all from now on. */
  public void cut() {
    cut = true;
  }

  /**
   * Carries again; who is connected has to connect anew, since the middle of its stream is gone.
   */
  public void mend() {
    cut = false;
    closeAll();
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "cable");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        connect(server.accept());
      } catch (IOException e) {
        // Closed, or nobody listens behind; whoever connects will try again.
      }
    }
  }

  private void connect(Socket near) throws IOException {
    sockets.add(near);
    if (cut) {
      start(() -> carry(near, null));
      return;
    }
    try {
      Socket far = new Socket(to.getAddress(), to.getPort());
      sockets.add(far);
      start(() -> carry(near, far));
      start(() -> carry(far, near));
    } catch (IOException e) {
      close(near);
      throw e;
    }
  }

  private void carry(Socket from, Socket into) {
    byte[] buffer = new byte[BUFFER];
    try {
      for (int n = from.getInputStream().read(buffer);
          n >= 0;
          n = from.getInputStream().read(buffer)) {
        if (!cut && into != null) {
          into.getOutputStream().write(buffer, 0, n);
        }
      }
    } catch (IOException e) {
      // One end has closed.
    } finally {
      close(from);
      if (into != null) {
        close(into);
      }
    }
  }

  private void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use any more.
    }
  }

  private void closeAll() {
    sockets.forEach(this::close);
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    closeAll();
  }
}
