// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Type;

/** A node that can't have its ports says so, and leaves nothing open. */
final class NodeStartTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void udpPortInUse_isSaid_andNothingStaysOpen(int loops) throws Exception {
    int free = freePort();
    try (DatagramSocket other = new DatagramSocket(0, LOOPBACK)) {
      assertThatThrownBy(() -> start(free, other.getLocalPort(), 0, loops))
          .isInstanceOf(Node.StartException.class)
          .hasMessage(
              "can't listen on udp 127.0.0.1:%d: address already in use", other.getLocalPort());
    }
    assertFree(free);
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void tcpPortInUse_isSaid_andNothingStaysOpen(int loops) throws Exception {
    int free = freePort();
    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      assertThatThrownBy(() -> start(other.getLocalPort(), free, 0, loops))
          .isInstanceOf(Node.StartException.class)
          .hasMessage(
              "can't listen on tcp 127.0.0.1:%d: address already in use", other.getLocalPort());
    }
    assertFree(free);
  }

  @Test
  void listenerPortInUse_clusterPortDoesNotStayOpen() throws Exception {
    int cluster = freePort();
    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      assertThatThrownBy(() -> start(other.getLocalPort(), 0, cluster, 1))
          .isInstanceOf(Node.StartException.class);
    }
    await().untilAsserted(() -> assertFree(cluster));
  }

  @Test
  void addressThatTheMachineHasNot_isSaid(@TempDir Path directory) throws Exception {
    String admin = "admin { address = \"192.0.2.1:%d\", token-file = \"%s\" }";
    String token = directory.resolve("token").toString();

    assertThatThrownBy(() -> start(0, 0, 0, 1, admin.formatted(9_000, token)))
        .hasMessage("can't open the admin port 192.0.2.1:9000: the machine has no such address");
  }

  @Test
  void failureThatIsNoProblemOfPorts_leavesNothingOpen() throws Exception {
    int port = freePort();
    NodeConfiguration configuration = TestNode.configuration(settings(port, port, 0, 1, ""));

    assertThatThrownBy(() -> Node.start(configuration, Map.of("no-such-service", q -> null)))
        .isInstanceOf(IllegalArgumentException.class);
    assertFree(port);
  }

  @Test
  void clusterPortInUse_isSaid_andNothingStaysOpen() throws Exception {
    int free = freePort();
    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      assertThatThrownBy(() -> start(free, free, other.getLocalPort(), 1))
          .isInstanceOf(Node.StartException.class)
          .hasMessage(
              "can't open the cluster port 127.0.0.1:%d: address already in use",
              other.getLocalPort());
    }
    assertFree(free);
  }

  @Test
  void adminPortInUse_isSaid_andNothingStaysOpen(@TempDir Path directory) throws Exception {
    int free = freePort();
    try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
      int taken = other.getLocalPort();
      String admin =
          "admin { address = \"127.0.0.1:%d\", token-file = \"%s\" }"
              .formatted(taken, directory.resolve("token"));
      assertThatThrownBy(() -> start(free, free, 0, 1, admin))
          .isInstanceOf(Node.StartException.class)
          .hasMessage("can't open the admin port 127.0.0.1:%d: address already in use", taken);
    }
    assertFree(free);
  }

  @Test
  void adminToken_thatCannotBeMade_isSaid_andNothingStaysOpen(@TempDir Path directory)
      throws Exception {
    int free = freePort();
    Path file = Files.createFile(directory.resolve("file"));
    String admin =
        "admin { address = \"127.0.0.1:0\", token-file = \"%s\" }".formatted(file.resolve("token"));

    assertThatThrownBy(() -> start(free, free, 0, 1, admin))
        .isInstanceOf(Node.StartException.class)
        .hasMessageStartingWith("can't make the admin token " + file);
    assertFree(free);
  }

  /** Its sockets let others of the same user in at the same address, but not another node. */
  @ParameterizedTest
  @CsvSource({"UDP,1", "UDP,2", "TCP,1", "TCP,2"})
  void portOfAnotherNode_isInUse(Transport transport, int loops) throws Exception {
    try (TestNode first = TestNode.start("loops = " + loops, Map.of())) {
      InetSocketAddress address = first.address(transport);
      int free = freePort();
      int udp = transport == Transport.UDP ? address.getPort() : free;
      int tcp = transport == Transport.TCP ? address.getPort() : free;

      assertThatThrownBy(() -> start(tcp, udp, 0, loops))
          .isInstanceOf(Node.StartException.class)
          .hasMessage(
              "can't listen on %s 127.0.0.1:%d: address already in use",
              transport.word(), address.getPort());
      assertThat(first.client(transport).ask(DnsMessages.query(1, "any.test", Type.A)))
          .as("the first still answers")
          .isNotNull();
    }
  }

  @Test
  void stoppedNode_leavesItsPortsToTheNext() throws Exception {
    int port = freePort();
    stop(start(port, port, 0, 2));
    assertFree(port);
    stop(start(port, port, 0, 2));
  }

  private static Node start(int tcp, int udp, int cluster, int loops) throws Exception {
    return start(tcp, udp, cluster, loops, "");
  }

  private static Node start(int tcp, int udp, int cluster, int loops, String more)
      throws Exception {
    return Node.start(TestNode.configuration(settings(tcp, udp, cluster, loops, more)));
  }

  private static String settings(int tcp, int udp, int cluster, int loops, String more) {
    return """
    listeners = [
      { transport = udp, address = "127.0.0.1:%d" }
      { transport = tcp, address = "127.0.0.1:%d" }
    ]
    cluster.port = %d
    loops = %d
    upstreams.default.servers = []
    %s
    """
        .formatted(udp, tcp, cluster, loops, more);
  }

  private static void stop(Node node) throws Exception {
    node.stop().toCompletableFuture().get(2, TimeUnit.MINUTES);
  }

  private static int freePort() {
    return FreePorts.inARow(1);
  }

  private static void assertFree(int port) throws IOException {
    try (ServerSocket tcp = new ServerSocket();
        DatagramSocket udp = new DatagramSocket(null)) {
      tcp.bind(new InetSocketAddress(LOOPBACK, port));
      udp.setReuseAddress(false);
      udp.bind(new InetSocketAddress(LOOPBACK, port));
    }
  }
}
