// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.admin.AdminConnections.Connection;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.TestNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.stream.SystemMaterializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in where many are, over real sockets and, for other networks, by address alone. */
final class AdminConnectionsTest {
  @TempDir private static Path directory;
  private static TestNode node;

  private final AtomicLong now = new AtomicLong();
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final AdminConnections connections =
      new AdminConnections(
          request -> new CompletableFuture<>(),
          counters,
          now::get,
          SystemMaterializer.get(node.node().system()).materializer());

  @BeforeAll
  static void start() {
    Path token = directory.resolve("token");
    String settings = "admin { address = \"127.0.0.1:0\", token-file = \"%s\" }".formatted(token);
    node = TestNode.start(settings, Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GET /hea", "GET /health HTTP/1.1\r\nHost: a\r\nX: "})
  void connections_withoutAWholeRequest_lockNobodyOutAndAreClosed(String begun) throws IOException {
    InetSocketAddress server = node.node().adminAddress();
    List<Socket> idle = new ArrayList<>();
    for (int i = 0; i < 2 * AdminConnections.MAX; i++) {
      Socket socket = new Socket(server.getAddress(), server.getPort());
      socket.setSoTimeout(30_000);
      idle.add(socket);
      if (i >= AdminConnections.MAX) {
        socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
      }
    }

    HttpCaller caller = new HttpCaller(server);
    assertThat(caller.get("/health").status()).isEqualTo(200);
    assertThat(caller.get("/ready").status()).isEqualTo(200);
    assertThat(caller.get("/metrics").body())
        .contains("anteroom_admin_connections_replaced_total");
    for (Socket socket : idle) {
      try (socket) {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
    }
    assertThat(node.count(Counter.ADMIN_CONNECTIONS_REPLACED)).isPositive();
    assertThat(node.count(Counter.ADMIN_CONNECTIONS_IDLE)).isPositive();
  }

  @Test
  void network_withAllItMayHave_replacesItsOwnIdlestOnly() throws Exception {
    Connection other = admitted("192.0.2.1");
    Connection busy = admitted("2001:db8::1");
    connections.begin(busy);
    now.incrementAndGet();
    Connection idlest = admitted("2001:db8::2");
    for (int i = 2; i < AdminConnections.MAX_OF_NETWORK; i++) {
      now.incrementAndGet();
      admitted("2001:db8::3:" + i);
    }

    admitted("2001:db8::4");

    assertThat(idlest.isClosed).isTrue();
    assertThat(other.isClosed).isFalse();
    assertThat(busy.isClosed).isFalse();
    assertThat(counters.get(Counter.ADMIN_CONNECTIONS_REPLACED)).isEqualTo(1);
  }

  @Test
  void network_whoseConnectionsAreAllBusy_isRefused() throws Exception {
    for (int i = 0; i < AdminConnections.MAX_OF_NETWORK; i++) {
      connections.begin(admitted("192.0.2.1"));
    }

    assertThat(connections.admit(InetAddress.getByName("192.0.2.1"))).isNull();
    assertThat(connections.admit(InetAddress.getByName("192.0.2.2"))).isNotNull();
    assertThat(counters.get(Counter.ADMIN_CONNECTIONS_REFUSED)).isEqualTo(1);
  }

  @Test
  void otherMachines_allBusy_leaveRoomForLoopback() throws Exception {
    for (int i = 0; i < AdminConnections.MAX_REMOTE; i++) {
      connections.begin(admitted("192.0.2." + i));
    }

    assertThat(connections.admit(InetAddress.getByName("198.51.100.1"))).isNull();
    for (int i = AdminConnections.MAX_REMOTE; i < AdminConnections.MAX; i++) {
      connections.begin(admitted("127.0.0.1"));
    }
    assertThat(connections.admit(InetAddress.getByName("::1"))).isNull();
  }

  @Test
  void connection_thatHasBroughtARequest_mayRestLonger() throws Exception {
    Connection fresh = admitted("127.0.0.1");
    Connection used = admitted("127.0.0.1");
    Connection busy = admitted("127.0.0.1");
    connections.begin(busy);
    connections.begin(used);
    connections.done(used);

    now.addAndGet(TimeUnit.SECONDS.toNanos(6));
    connections.closeIdle();

    assertThat(fresh.isClosed).isTrue();
    assertThat(used.isClosed).isFalse();
    now.addAndGet(TimeUnit.SECONDS.toNanos(25));
    connections.closeIdle();
    assertThat(used.isClosed).isTrue();
    assertThat(busy.isClosed).isFalse();
    assertThat(counters.get(Counter.ADMIN_CONNECTIONS_IDLE)).isEqualTo(2);
  }

  private Connection admitted(String address) throws IOException {
    return Objects.requireNonNull(connections.admit(InetAddress.getByName(address)));
  }
}
