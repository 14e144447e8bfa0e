// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that answers OPTIONS as it should, and anything else with a text of the test's. It never
 * closes a connection by itself.
 */
public final class RudeHttpServer implements AutoCloseable {
  private final ServerSocket listening;
  private final String answer;
  private final List<Socket> connections = new CopyOnWriteArrayList<>();
  private final AtomicInteger closedByPeer = new AtomicInteger();

  private RudeHttpServer(ServerSocket listening, String answer) {
    this.listening = listening;
    this.answer = answer;
  }

  /** Starts one on a free port of 127.0.0.1. */
  public static RudeHttpServer start(String answer) throws IOException {
    return start(answer, 50, Integer.MAX_VALUE);
  }

  /** One that takes one connection alone: those after it wait, and soon no more can. */
  public static RudeHttpServer startForOneConnection(String answer) throws IOException {
    return start(answer, 1, 1);
  }

  private static RudeHttpServer start(String answer, int backlog, int atMost) throws IOException {
    RudeHttpServer server =
        new RudeHttpServer(new ServerSocket(0, backlog, InetAddress.getLoopbackAddress()), answer);
    thread(() -> server.accept(atMost));
    return server;
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "rude-http");
    thread.setDaemon(true);
    thread.start();
  }

  public String url() {
    return "http://127.0.0.1:" + listening.getLocalPort() + "/decide";
  }

  private void accept(int atMost) {
    try {
      while (connections.size() < atMost) {
        Socket connection = listening.accept();
        connections.add(connection);
        thread(() -> serve(connection));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private void serve(Socket connection) {
    try {
      InputStream in = connection.getInputStream();
      byte[] bytes = new byte[8_192];
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        String request = new String(bytes, 0, n, StandardCharsets.ISO_8859_1);
        if (request.startsWith("OPTIONS")) {
          write(connection, "HTTP/1.1 204 No Content\r\n\r\n");
        } else if (request.startsWith("POST")) {
          write(connection, answer);
        }
      }
    } catch (IOException e) {
      // Reset by the peer.
    }
    closedByPeer.incrementAndGet();
  }

  private static void write(Socket connection, String text) throws IOException {
    connection.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    connection.getOutputStream().flush();
  }

  /** Waits until the peer has closed each connection that there was, one at least. */
  public void awaitAllClosed() {
    await().until(() -> !connections.isEmpty() && closedByPeer.get() == connections.size());
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket connection : connections) {
      connection.close();
    }
  }
}
