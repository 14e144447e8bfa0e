// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.testing.Certificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ClusterPortTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final byte[] HEADER = {'A', 'K', 'K', 'A', 1};

  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final List<AutoCloseable> open = new ArrayList<>();
  private ServerSocket member;

  @BeforeEach
  void listen() throws IOException {
    member = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(member);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void frames_goToTheMember_andItsAnswersBack() throws IOException {
    ClusterPort port = plain(Admission.Limits.DEFAULT);
    Socket client = connect(port);
    client.getOutputStream().write(HEADER);
    client.getOutputStream().write(frame(100_000));
    Socket inner = accept();
    assertThat(inner.getInputStream().readNBytes(HEADER.length)).isEqualTo(HEADER);
    assertThat(inner.getInputStream().readNBytes(100_004)).isEqualTo(frame(100_000));

    inner.getOutputStream().write(new byte[] {1, 2, 3});
    assertThat(client.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);

    inner.close();
    assertThat(client.getInputStream().read()).isNegative();
  }

  @Test
  void wildcardOfIpv4_doesNotAnswerOnIpv6() throws IOException {
    InetSocketAddress all = new InetSocketAddress("0.0.0.0", 0);
    int port = keep(ClusterPort.open(all, null, counters)).address().getPort();

    new Socket("127.0.0.1", port).close();
    assertThatThrownBy(() -> new Socket("::1", port).close()).isInstanceOf(ConnectException.class);
  }

  @Test
  void memberThatDoesNotRead_holdsTheClientUp_andGetsEverythingLater() throws Exception {
    ClusterPort port = plain(Admission.Limits.DEFAULT);
    Socket client = connect(port);
    int frames = 400;
    Thread sender =
        new Thread(
            () -> {
              try {
                OutputStream out = client.getOutputStream();
                out.write(HEADER);
                for (int i = 0; i < frames; i++) {
                  out.write(frame(100_000));
                }
                client.shutdownOutput();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    sender.start();
    Socket inner = accept();
    assertThat(inner.getInputStream().readAllBytes()).hasSize(HEADER.length + frames * 100_004);
    sender.join();
  }

  @Test
  void connectionsToAFormerMember_areClosed_whenItIsCutOff() throws IOException {
    ClusterPort port = plain(Admission.Limits.DEFAULT);
    Socket before = connect(port);
    before.getOutputStream().write(HEADER);
    accept();
    try (ServerSocket second = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      port.forwardTo((InetSocketAddress) second.getLocalSocketAddress());
      Socket after = connect(port);
      after.getOutputStream().write(HEADER);
      Socket other = second.accept();

      port.cutOff((InetSocketAddress) member.getLocalSocketAddress());

      assertThat(before.getInputStream().read()).isEqualTo(-1);
      after.getOutputStream().write(frame(50));
      assertThat(other.getInputStream().readNBytes(HEADER.length + 54)).hasSize(HEADER.length + 54);
    }
  }

  @Test
  void connectionsThatAreThere_stay_whenNewOnesGoElsewhere() throws IOException {
    ClusterPort port = plain(Admission.Limits.DEFAULT);
    Socket before = connect(port);
    before.getOutputStream().write(HEADER);
    Socket first = accept();
    try (ServerSocket second = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      port.forwardTo((InetSocketAddress) second.getLocalSocketAddress());
      Socket after = connect(port);
      after.getOutputStream().write(HEADER);
      Socket other = second.accept();
      before.getOutputStream().write(frame(50));
      assertThat(first.getInputStream().readNBytes(HEADER.length + 54)).hasSize(59);
      assertThat(other.getInputStream().readNBytes(HEADER.length)).isEqualTo(HEADER);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "AKKA\0....",
        "AKKA\7....",
        "AKKB\1....",
        "AKKA\1\377\377\377\177",
        "AKKA\1\0\0\5\0",
        "AKKA\1\1\0\0\0",
        "AKKA\3\0\0\41\0"
      })
  void whatNoMemberSends_isClosed_andCounted(String text) throws IOException {
    Socket client = connect(plain(Admission.Limits.DEFAULT));
    client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    assertClosed(client);
    await().until(() -> counters.get(Counter.CLUSTER_PORT_GARBAGE) == 1);
  }

  @Test
  void largeFrames_areForTheStreamOfLargeMessages() throws IOException {
    Socket client = connect(plain(Admission.Limits.DEFAULT));
    client.getOutputStream().write(new byte[] {'A', 'K', 'K', 'A', 3});
    client.getOutputStream().write(frame(1 << 20));
    assertThat(accept().getInputStream().readNBytes(5 + 4 + (1 << 20))).hasSize(9 + (1 << 20));
  }

  @Test
  void connectionOnWhichNobodySpeaks_isClosedInTime() throws IOException {
    ClusterPort port = plain(new Admission.Limits(10, 10, 10, Duration.ofMillis(200)));
    Socket silent = connect(port);
    Socket half = connect(port);
    half.getOutputStream().write(HEADER);
    assertClosed(silent);
    assertClosed(half);
    await().until(() -> counters.get(Counter.CLUSTER_PORT_UNPROVEN) == 2);
  }

  @Test
  void newConnections_areBounded_andThoseOfMembersAreNotAmongThem() throws IOException {
    ClusterPort port = plain(new Admission.Limits(100, 3, 2, LONG));
    Socket proven = connect(port);
    proven.getOutputStream().write(HEADER);
    proven.getOutputStream().write(frame(50));
    // By then the port has seen that frames come.
    Socket inner = accept();
    assertThat(inner.getInputStream().readNBytes(HEADER.length + 54)).hasSize(59);
    List<Socket> fresh = List.of(connect(port), connect(port), connect(port));

    assertClosed(fresh.get(2));
    assertThat(counters.get(Counter.CLUSTER_PORT_FULL)).isEqualTo(1);
    proven.getOutputStream().write(frame(60));
    assertThat(inner.getInputStream().readNBytes(64)).hasSize(64);
  }

  @Test
  void greeting_isAnswered_withoutTheMember() throws Exception {
    ClusterPort port = plain(Admission.Limits.DEFAULT);
    port.greetWith("well".getBytes(StandardCharsets.US_ASCII));
    assertThat(ask(port, port)).isEqualTo("well");
    port.greetWith("better".getBytes(StandardCharsets.US_ASCII));
    assertThat(ask(port, port)).isEqualTo("better");
  }

  @Test
  void greeting_whereNobodyListens_orNobodyAnswers_fails() throws Exception {
    ClusterPort port = plain(Admission.Limits.DEFAULT);
    assertThatThrownBy(() -> ask(port, address(member.getLocalPort())))
        .isInstanceOf(ExecutionException.class);
    member.close();
    assertThatThrownBy(() -> ask(port, address(member.getLocalPort())))
        .isInstanceOf(ExecutionException.class);
    assertThatThrownBy(() -> ask(port, "no-such-host.invalid:17355"))
        .isInstanceOf(ExecutionException.class);
  }

  @Test
  void greetingOverTls_isForThoseWithACertificate(@TempDir Path directory) throws Exception {
    Certificates ours = Certificates.make(directory.resolve("ours"));
    Certificates others = Certificates.make(directory.resolve("others"));
    ClusterPort one = tls(ours);
    ClusterPort two = tls(ours);
    ClusterPort stranger = tls(others);
    one.greetWith("well".getBytes(StandardCharsets.US_ASCII));

    assertThat(ask(two, one)).isEqualTo("well");
    assertThatThrownBy(() -> ask(stranger, one)).isInstanceOf(ExecutionException.class);
    ClusterPort plain = plain(Admission.Limits.DEFAULT);
    assertThatThrownBy(() -> ask(plain, one)).isInstanceOf(ExecutionException.class);
  }

  @Test
  void handshakesThatNobodyGoesOnWith_areBounded_andClosedInTime(@TempDir Path directory)
      throws Exception {
    Certificates ours = Certificates.make(directory.resolve("ours"));
    ClusterPort port =
        keep(
            ClusterPort.open(
                ANY,
                ours.portTls(),
                new Admission.Limits(50, 5, 5, Duration.ofMillis(500)),
                counters));
    port.forwardTo((InetSocketAddress) member.getLocalSocketAddress());
    byte[] hello = new byte[5 + 200];
    hello[0] = 0x16;
    hello[1] = 3;
    hello[2] = 1;
    hello[4] = (byte) 200;
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Socket socket = connect(port);
      try {
        socket.getOutputStream().write(hello);
      } catch (IOException e) {
        // It is closed already.
      }
      sockets.add(socket);
    }
    for (Socket socket : sockets) {
      assertClosed(socket);
    }
    assertThat(counters.get(Counter.CLUSTER_PORT_FULL)).isGreaterThanOrEqualTo(15);
    await().until(() -> counters.get(Counter.CLUSTER_PORT_UNPROVEN) == 5);
  }

  private ClusterPort plain(Admission.Limits limits) throws IOException {
    ClusterPort port = keep(ClusterPort.open(ANY, null, limits, counters));
    port.forwardTo((InetSocketAddress) member.getLocalSocketAddress());
    return port;
  }

  private ClusterPort tls(Certificates certificates) throws IOException {
    return keep(ClusterPort.open(ANY, certificates.portTls(), counters));
  }

  private ClusterPort keep(ClusterPort port) {
    open.add(port::close);
    return port;
  }

  private Socket connect(ClusterPort port) throws IOException {
    Socket socket = new Socket(port.address().getAddress(), port.address().getPort());
    socket.setSoTimeout(20_000);
    open.add(socket);
    return socket;
  }

  private Socket accept() throws IOException {
    Socket socket = member.accept();
    socket.setSoTimeout(20_000);
    open.add(socket);
    return socket;
  }

  private static void assertClosed(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      assertThat(in.read()).isNegative();
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("is still open", e);
    } catch (IOException e) {
      // A reset is a close as well.
    }
  }

  private static String ask(ClusterPort from, ClusterPort to) throws Exception {
    return ask(from, address(to.address().getPort()));
  }

  private static String ask(ClusterPort from, String address) throws Exception {
    byte[] answer = from.ask(address).toCompletableFuture().get(2, TimeUnit.MINUTES);
    return new String(answer, StandardCharsets.US_ASCII);
  }

  private static String address(int port) {
    return "127.0.0.1:" + port;
  }

  private static byte[] frame(int length) {
    byte[] frame = new byte[4 + length];
    frame[0] = (byte) length;
    frame[1] = (byte) (length >> 8);
    frame[2] = (byte) (length >> 16);
    return frame;
  }
}
