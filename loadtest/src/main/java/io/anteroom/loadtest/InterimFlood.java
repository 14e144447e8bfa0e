// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A filter service over HTTP that answers a request with interim responses and nothing else: on
 * half of its connections until they are closed, on the others until it closes them after 50.
 */
final class InterimFlood implements Attack {
  private static final int QUERIES_PER_SECOND = 200;
  private static final int RESPONSES = 50;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final byte[] INTERIM =
      "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ALIVE =
      "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket server;
  private final AtomicInteger accepted = new AtomicInteger();
  private volatile Sent sent = new Sent();

  InterimFlood() {
    try {
      server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  @Override
  public String settings() {
    return """
    filters.hinting {
      async-id = 1
      connector { transport = http, url = "http://127.0.0.1:%d/" }
    }
    rules.query = [ { match { suffix = ["filtered.test"] }, action { suspend = hinting } } ]
    """
        .formatted(server.getLocalPort());
  }

  @Override
  public void run(Target target) throws IOException {
    sent = target.sent();
    Sent queries = new Sent();
    Datagrams.run(
        new Target(target.ports(), target.endNanos(), queries),
        QUERIES_PER_SECOND,
        i -> Packets.query(Packets.name("q" + i + ".filtered.test"), i & 0xffff));
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        boolean endless = accepted.getAndIncrement() % 2 == 0;
        start(() -> serve(socket, endless));
      } catch (IOException e) {
        // Closed, or no more sockets for now.
      }
    }
  }

  private void serve(Socket socket, boolean endless) {
    sent.connection();
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      OutputStream out = socket.getOutputStream();
      while (readsAsProbe(in)) {
        out.write(ALIVE);
      }
      for (int i = 0; (endless || i < RESPONSES) && !server.isClosed(); i++) {
        out.write(INTERIM);
        sent.messages(1);
        sent.bytes(INTERIM.length);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (IOException e) {
      // The node has closed it.
    }
  }

  /** Reads the head of a request; whether it only asks if somebody is there. */
  private static boolean readsAsProbe(BufferedReader in) throws IOException {
    String first = in.readLine();
    @Nullable String line = first;
    while (line != null && !line.isEmpty()) {
      line = in.readLine();
    }
    if (line == null) {
      throw new IOException("closed");
    }
    return first.startsWith("OPTIONS");
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "interim-flood");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
