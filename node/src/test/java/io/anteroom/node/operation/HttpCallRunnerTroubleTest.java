// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.HttpCallSettings;
import io.anteroom.node.testing.Blackhole;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.ResultCode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of servers that do whatever a test says, over plain sockets. */
class HttpCallRunnerTroubleTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final String OK = "HTTP/1.1 200 OK\r\n";

  private final List<Socket> connections = new CopyOnWriteArrayList<>();
  private final AtomicInteger ended = new AtomicInteger();
  private ServerSocket listening;
  private HttpCallRunner runner;

  /** What a server does with a connection after it has read the head of a request. */
  private interface Manners {
    void serve(OutputStream out) throws Exception;
  }

  private void listen(Manners manners) throws IOException {
    listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    daemon(() -> accept(manners));
    open(listening.getLocalPort(), Duration.ofMinutes(1), 100);
  }

  private void open(int port, Duration connectTimeout, int maxRequests) {
    URI url = URI.create("http://127.0.0.1:" + port + "/");
    runner =
        new HttpCallRunner(
            "calls", new HttpCallSettings(url, null, null, maxRequests, connectTimeout, 48 * 1024));
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "rude-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept(Manners manners) {
    try {
      while (true) {
        Socket connection = listening.accept();
        connections.add(connection);
        daemon(() -> serve(connection, manners));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  /** Ends when the client has closed the connection. */
  private void serve(Socket connection, Manners manners) {
    try (connection) {
      byte[] request = new byte[10_000];
      int read = connection.getInputStream().read(request);
      if (read > 0) {
        manners.serve(connection.getOutputStream());
        connection.getInputStream().readAllBytes();
      }
    } catch (Exception e) {
      // Reset by the client.
    } finally {
      ended.incrementAndGet();
    }
  }

  private void awaitAllClosed() {
    await().until(() -> !connections.isEmpty() && ended.get() == connections.size());
  }

  @AfterEach
  void close() throws IOException {
    runner.close();
    if (listening != null) {
      listening.close();
    }
    for (Socket connection : connections) {
      connection.close();
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static void repeat(OutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    while (true) {
      out.write(bytes);
    }
  }

  private Started call(Duration timeLeft) {
    return Started.start(runner, Map.of(), timeLeft);
  }

  private Started call() {
    return call(Started.LONG);
  }

  /** A client that fails in a way that is a bug of the client. */
  @Test
  void clientThatThrows_isAnError_notATimeout() {
    runner =
        new HttpCallRunner(
            "calls",
            new HttpCallSettings(URI.create("http://127.0.0.1/"), null, null, 1, SHORT, 1024),
            new BrokenHttpClient());

    for (int i = 0; i < 3; i++) {
      Started failed = call(Duration.ofMinutes(5));
      assertThat(failed.code()).isEqualTo(ResultCode.INTERNAL);
      assertThat(failed.error()).contains(BrokenHttpClient.WHY);
    }
  }

  @Test
  void serverThatNeverAnswers_isATimeout_andItsConnectionIsClosed() throws IOException {
    listen(out -> {});

    Started hanging = call(SHORT);

    assertThat(hanging.code()).isEqualTo(ResultCode.TIMEOUT);
    awaitAllClosed();
    assertThat(hanging.results()).isEqualTo(1);
  }

  @Test
  void call_isCancelled_andItsConnectionIsClosed() throws IOException {
    listen(out -> write(out, OK + "Content-Length: 100\r\n\r\nhalf"));
    Started hanging = call();
    await().until(() -> connections.size() == 1);

    hanging.cancel();

    assertThat(hanging.code()).isEqualTo(ResultCode.CANCELLED);
    awaitAllClosed();
  }

  @Test
  void bodyThatStops_isATimeout_andItsConnectionIsClosed() throws IOException {
    listen(out -> write(out, OK + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"));

    assertThat(call(SHORT).code()).isEqualTo(ResultCode.TIMEOUT);
    awaitAllClosed();
  }

  @Test
  void endlessBody_isRejected_andItsConnectionIsClosed() throws IOException {
    listen(
        out -> {
          write(out, OK + "Transfer-Encoding: chunked\r\n\r\n");
          repeat(out, "4\r\nfull\r\n");
        });

    assertThat(call().code()).isEqualTo(ResultCode.REJECTED);
    awaitAllClosed();
  }

  @Test
  void bodyUntilTheEndOfTheConnection_isRejected_whenItIsTooLarge() throws IOException {
    listen(
        out -> {
          write(out, OK + "\r\n");
          repeat(out, "endless ");
        });

    assertThat(call().code()).isEqualTo(ResultCode.REJECTED);
    awaitAllClosed();
  }

  @Test
  void bodyThatIsAnnouncedTooLarge_isNotRead() throws IOException {
    listen(out -> write(out, OK + "Content-Length: 999999999999\r\n\r\n"));

    assertThat(call().code()).isEqualTo(ResultCode.REJECTED);
    awaitAllClosed();
  }

  // The client of JDK 17 leaves the connections of these two open, until the server closes them.

  @Test
  void endlessHeaders_endAtTheDeadline_orBefore() throws IOException {
    listen(
        out -> {
          write(out, OK);
          repeat(out, "X-Header: and one more\r\n");
        });

    assertThat(call(Duration.ofSeconds(1)).code()).isIn(ResultCode.TIMEOUT, ResultCode.REFUSED);
  }

  @Test
  void endlessInterimAnswers_endAtTheDeadline_orBefore() throws IOException {
    listen(out -> repeat(out, "HTTP/1.1 103 Early Hints\r\n\r\n"));

    assertThat(call(Duration.ofSeconds(1)).code()).isIn(ResultCode.TIMEOUT, ResultCode.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "\u0000\u0001\u0002\u0003\r\n\r\n",
      })
  void answerThatIsNone_isRefused(String answer) throws IOException {
    listen(
        out -> {
          write(out, answer);
          throw new IOException("closes halfway");
        });

    Started failed = call();

    assertThat(failed.code()).as(failed.error()).isEqualTo(ResultCode.REFUSED);
    assertThat(failed.results()).isEqualTo(1);
  }

  @Test
  void refusedConnection_isRefused() {
    open(FreePorts.inARow(1), Duration.ofMinutes(1), 10);

    Started failed = call();

    assertThat(failed.code()).isEqualTo(ResultCode.REFUSED);
    assertThat(failed.error()).startsWith("can't connect to http://127.0.0.1:");
  }

  @Test
  void connectThatHangs_isAConnectTimeout() throws IOException {
    try (Blackhole blackhole = new Blackhole()) {
      open(blackhole.port(), SHORT, 10);
      assertThat(call().code()).isEqualTo(ResultCode.CONNECT_TIMEOUT);
      runner.close();

      open(blackhole.port(), Duration.ofMinutes(1), 10);
      assertThat(call(SHORT).code()).isEqualTo(ResultCode.TIMEOUT);
    }
  }

  @Test
  void hundredThousandStarts_eachEndOnce_andNeverTooManyAtOnce() throws Exception {
    listen(out -> write(out, OK + "Content-Length: 0\r\nConnection: close\r\n\r\n"));
    AtomicInteger done = new AtomicInteger();
    AtomicInteger carriedOut = new AtomicInteger();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread caller =
          new Thread(
              () -> {
                for (int n = 0; n < 25_000; n++) {
                  runner.start(
                      new Operation(Map.of()),
                      Started.LONG,
                      result -> {
                        if (result.code() != ResultCode.REJECTED) {
                          carriedOut.incrementAndGet();
                        }
                        done.incrementAndGet();
                      });
                }
              });
      callers.add(caller);
      caller.start();
    }
    for (Thread caller : callers) {
      caller.join();
    }

    await().until(() -> done.get() == 100_000);
    assertThat(carriedOut.get()).isBetween(1, 100_000);
    assertThat(connections.size()).isLessThanOrEqualTo(carriedOut.get());
    assertThat(call().code()).isEqualTo(ResultCode.DONE);
    assertThat(done.get()).isEqualTo(100_000);
  }

  @Test
  void closing_endsAll() throws IOException {
    listen(out -> {});
    List<Started> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(call());
    }
    await().until(() -> connections.size() == 100);
    assertThat(call().code()).isEqualTo(ResultCode.REJECTED);

    runner.close();

    assertThat(all).allMatch(each -> each.code() == ResultCode.CANCELLED);
    awaitAllClosed();
  }
}
