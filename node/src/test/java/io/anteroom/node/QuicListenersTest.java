// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.Https3ListenerSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.QuicListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Https3Client;
import io.anteroom.node.testing.QuicClient;
import io.anteroom.node.testing.QuicClient.Manner;
import io.anteroom.node.testing.QuicClient.Stream;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

/** Listeners on QUIC: their settings, their certificates, and how they end. */
final class QuicListenersTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path directory;

  private static String shown(TestNode node, String name) {
    try (QuicClient client =
        new QuicClient("127.0.0.1", node.address(Transport.QUIC), new Manner().serverName(name))) {
      assertAnswered(client);
      return client.shown();
    }
  }

  private static void assertAnswered(QuicClient client) {
    assertThat(client.query(query(9, "www.anteroom.test", Type.A)).message()[3] & 0xf).isZero();
  }

  private static void replace(Path file, Path by) throws Exception {
    Path next = Files.copy(by, file.resolveSibling("next"));
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void client_getsTheCertificateOfItsName_andANewOneWithoutAnEnd() throws Exception {
    TlsFiles first = TlsFiles.make(directory, "first", "DNS:first.test");
    TlsFiles other = TlsFiles.make(directory, "other", "DNS:other.test,DNS:*.wild.test");
    TlsFiles next = TlsFiles.make(directory, "new", "DNS:first.test");
    try (TestNode node =
            TestNode.start(
                """
                listeners = [ {
                  transport = quic, address = "127.0.0.1:0", tls.certificates = [ { %s }, { %s } ]
                } ]
                loops = 1
                zones = [ { origin = "anteroom.test" } ]
                """
                    .formatted(first.settings(), other.settings()),
                Map.of());
        QuicClient open = new QuicClient("127.0.0.1", node.address(Transport.QUIC))) {
      assertThat(open.shown()).isEqualTo("CN=first");
      assertThat(shown(node, "other.test")).isEqualTo("CN=other");
      assertThat(shown(node, "Any.Wild.test")).isEqualTo("CN=other");
      assertThat(shown(node, "unknown.test")).isEqualTo("CN=first");

      replace(first.key(), next.key());
      replace(first.certificate(), next.certificate());
      await().atMost(PATIENCE).until(() -> shown(node, "first.test"), "CN=new"::equals);
      assertThat(node.count(Counter.TLS_CERTIFICATES_READ)).isEqualTo(1);
    }
  }

  @Test
  void drain_answersWhatIsInFlight_andTakesNothingNew() throws Exception {
    TestFilter filter = new TestFilter();
    try (TestNode node =
            TestNode.start(
                """
                loops = 1
                drain = 60s
                filters.judge { async-id = 1, timeout = 60s }
                rules.query = [ { match { suffix = ["test"] }, action { suspend = judge } } ]
                """,
                Map.of("judge", filter));
        QuicClient quic = (QuicClient) node.client(Transport.QUIC);
        QuicClient idle = (QuicClient) node.client(Transport.QUIC);
        Https3Client https = (Https3Client) node.client(Transport.HTTPS3)) {
      Stream stream = quic.query(query(1, "a.test", Type.A));
      TestFilter.Held first = filter.next();
      byte[] other = query(2, "b.test", Type.A);
      https.send(other);
      TestFilter.Held second = filter.next();

      CompletableFuture<Void> stopped = node.node().stop().toCompletableFuture();
      assertThat(idle.awaitClose().error()).isZero();
      assertThat(stopped).isNotDone();
      assertThat(https.awaitGoAway()).as("the stream after the first").isEqualTo(4);
      assertThat(quic.query(query(3, "c.test", Type.A)).awaitReset()).isEqualTo(1);
      first.decide(Verdict.rcode(5));
      second.decide(Verdict.rcode(5));
      assertThat(stream.message()[3] & 0xf).isEqualTo(5);
      assertThat(https.receiveAnswerTo(other).getRcode()).isEqualTo(5);
      assertThat(quic.awaitClose().error()).isZero();
      stopped.get(2, TimeUnit.MINUTES);
    }
  }

  private String listener(String transport, String more) {
    TlsFiles files = TlsFiles.ofThisRun();
    return "listeners = [ { transport = %s, address = \"127.0.0.1:853\", tls { %s%s } %s } ]"
        .formatted(
            transport,
            files.settings(),
            more.startsWith("provider") ? ", " + more : "",
            more.startsWith("provider") ? "" : more);
  }

  @Test
  void settings_areThoseOfTheTransport() throws Exception {
    var quic =
        (QuicListenerSettings)
            TestNode.configuration(listener("quic", ", max-pipelined = 7"))
                .settings()
                .listeners()
                .get(0);
    assertThat(quic.name()).isEqualTo("quic 127.0.0.1:853");
    assertThat(quic.maxStreams()).isEqualTo(7);
    var https3 =
        (Https3ListenerSettings)
            TestNode.configuration(listener("https3", ", http { max-streams = 9 }"))
                .settings()
                .listeners()
                .get(0);
    assertThat(https3.transport()).isEqualTo(Transport.HTTPS3);
    assertThat(https3.maxStreams()).isEqualTo(9);
  }

  @Test
  void wrongSettings_areNamed() {
    assertRefused(listener("quic", "provider = jdk"), "tls.provider: is not for QUIC");
    assertRefused(listener("quic", ", http {}"), "http: is not for a listener on quic");
    assertRefused(listener("https3", ", receive-buffer = 4k"), "receive-buffer: is not for");
    assertRefused(
        "listeners = [ { transport = quic, address = \"127.0.0.1:853\" } ]", "tls: is missing");
  }

  @Test
  void udpPort_isTakenOnce() {
    TlsFiles files = TlsFiles.ofThisRun();
    assertRefused(
        """
        listeners = [
          { transport = quic, address = "127.0.0.1:853", tls { %1$s } }
          { transport = udp, address = "127.0.0.1:853" }
          { transport = tls, address = "127.0.0.1:853", tls { %1$s } }
        ]
        """
            .formatted(files.settings()),
        "127.0.0.1:853 has a listener for quic already");
  }

  private static void assertRefused(String settings, String message) {
    assertThatThrownBy(() -> TestNode.configuration(settings))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(message);
  }
}
