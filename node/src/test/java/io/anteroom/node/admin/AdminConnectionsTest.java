// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.testing.TestNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AdminConnectionsTest {
  @TempDir private static Path directory;
  private static TestNode node;
  private static InetSocketAddress admin;

  private final List<Socket> idle = new ArrayList<>();

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(directory.resolve("token")),
            Map.of());
    admin = node.node().adminAddress();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : idle) {
      socket.close();
    }
  }

  @Test
  void idleConnections_howeverMany_keepNobodyOut() throws Exception {
    for (int i = 0; i < 3 * AdminConnections.MAX; i++) {
      Socket socket = new Socket(admin.getAddress(), admin.getPort());
      if (i % 2 == 0) {
        // Half of them have begun a request.
        socket.getOutputStream().write("GET /hea".getBytes(StandardCharsets.US_ASCII));
      }
      idle.add(socket);
    }
    for (String path : List.of("/health", "/ready", "/metrics")) {
      assertThat(status(path)).as(path).isEqualTo(200);
    }
    assertThat(node.count(Counter.ADMIN_CONNECTIONS_REPLACED)).isPositive();
  }

  @Test
  void connectionThatIsUsed_staysOpen_besideIdleOnes() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    for (int i = 0; i < 2 * AdminConnections.MAX; i++) {
      assertThat(status(client, "/health")).isEqualTo(200);
      idle.add(new Socket(admin.getAddress(), admin.getPort()));
    }
  }

  @Test
  void connections_thatAreAllBusy_haveABound() throws Exception {
    Counters<Counter> counters = new Counters<>(Counter.class);
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "busy");
    try {
      Materializer materializer = Materializer.createMaterializer(system);
      AdminConnections connections =
          new AdminConnections(request -> new CompletableFuture<>(), materializer, counters);
      InetSocketAddress address =
          Http.get(system)
              .newServerAt("127.0.0.1", 0)
              .connectionSource()
              .to(Sink.foreach(connections::accept))
              .run(materializer)
              .toCompletableFuture()
              .get(2, TimeUnit.MINUTES)
              .localAddress();
      byte[] request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

      // A connection may be replaced before its request is read, so it may take more than the
      // bound.
      while (counters.get(Counter.ADMIN_CONNECTIONS_REFUSED) == 0) {
        assertThat(idle).hasSizeLessThan(4 * AdminConnections.MAX_BUSY);
        Socket socket = new Socket(address.getAddress(), address.getPort());
        idle.add(socket);
        socket.getOutputStream().write(request);
      }

      assertThat(idle).hasSizeGreaterThan(AdminConnections.MAX_BUSY);
    } finally {
      system.terminate();
    }
  }

  private static int status(String path) throws Exception {
    return status(HttpClient.newHttpClient(), path);
  }

  private static int status(HttpClient client, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.getPort() + path))
            .version(HttpClient.Version.HTTP_1_1)
            .timeout(Duration.ofSeconds(20))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }
}
