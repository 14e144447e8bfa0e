// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client that opens a connection for each of its questions, at a steady rate. So it sees when
 * others leave no room for it.
 */
final class Newcomer implements AutoCloseable {
  private static final int PER_SECOND = 20;
  private static final int TIMEOUT_MILLIS = 5_000;

  /** Beyond those of the client that asks over UDP. */
  private static final int FIRST_NUMBER = Packets.NUMBERS / 2;

  /** What it asks. */
  enum Kind {
    /** Nothing; there is none. */
    NONE,
    /** A query over TCP. */
    TCP,
    /** For {@code /health} at the admin interface. */
    HEALTH
  }

  private final Ports ports;
  private final Kind kind;
  private final Latencies latencies = new Latencies();
  private final AtomicInteger answered = new AtomicInteger();
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          2 * PER_SECOND * TIMEOUT_MILLIS / 1_000, task -> daemon(task, "newcomer"));

  private final Thread asker;
  private volatile int first = FIRST_NUMBER;
  private volatile int next = FIRST_NUMBER;
  private volatile boolean stopped;

  /** Begins at once. */
  Newcomer(Ports ports, Kind kind) {
    this.ports = ports;
    this.kind = kind;
    asker = daemon(this::ask, "newcomers");
    asker.start();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private void ask() {
    long start = System.nanoTime();
    for (int i = 0; kind != Kind.NONE && !stopped; i++) {
      long due = start + i * (1_000_000_000L / PER_SECOND);
      int number = next;
      Wait.untilNanos(due);
      next = number + 1;
      threads.execute(() -> ask(number, due));
    }
  }

  private void ask(int number, long dueNanos) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int port = kind == Kind.TCP ? ports.dns() : ports.admin();
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(loopback, port), TIMEOUT_MILLIS);
      if (kind == Kind.TCP ? isAnswered(socket, number) : isHealthy(socket)) {
        answered(number, System.nanoTime() - dueNanos);
      }
    } catch (IOException e) {
      // It stays without an answer.
    }
  }

  private void answered(int number, long tookNanos) {
    if (number >= first) {
      latencies.record(tookNanos);
      answered.incrementAndGet();
    }
  }

  private static boolean isAnswered(Socket socket, int number) throws IOException {
    socket.getOutputStream().write(Packets.framed(Packets.query(number, number & 0xffff)));
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] message = new byte[in.readUnsignedShort()];
    in.readFully(message);
    ByteBuffer answer = ByteBuffer.wrap(message);
    return Packets.number(answer) == number
        && Packets.rcode(answer) == 0
        && Faults.inContent(number, answer) == null;
  }

  private static boolean isHealthy(Socket socket) throws IOException {
    String request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    byte[] start = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
    return new String(start, StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
  }

  /** Counts only what is asked from now on: before, the node may have been cold. */
  void begin() {
    first = next;
    latencies.reset();
    answered.set(0);
  }

  /** Asks nothing more, and waits for what has been asked. */
  void stop() {
    stopped = true;
    Wait.until(() -> !asker.isAlive(), Duration.ofSeconds(1));
    threads.shutdown();
    Wait.until(threads::isTerminated, Duration.ofMillis(2L * TIMEOUT_MILLIS));
  }

  Latencies latencies() {
    return latencies;
  }

  int asked() {
    return next - first;
  }

  int answered() {
    return answered.get();
  }

  @Override
  public void close() {
    stop();
  }
}
