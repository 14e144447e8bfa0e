// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.TlsHandshake;
import io.anteroom.protocol.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Type;

/** Which certificate a client gets, and that a changed one is taken without closing anything. */
final class TlsCertificatesTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path directory;

  private static TestNode start(String tls) {
    return TestNode.start(
        """
        listeners = [ { transport = tls, address = "127.0.0.1:0", tls { %s } } ]
        loops = 1
        zones = [ { origin = "anteroom.test" } ]
        """
            .formatted(tls),
        Map.of());
  }

  private static TcpClient client(TestNode node, TlsHandshake handshake) {
    return TcpClient.tls("127.0.0.1", node.address(Transport.TLS), handshake);
  }

  /** The common name of the certificate that a client gets. */
  private static String shown(TestNode node, TlsHandshake handshake) {
    try (TcpClient client = client(node, handshake)) {
      assertAnswered(client);
      X509Certificate certificate = (X509Certificate) client.session().getPeerCertificates()[0];
      return certificate.getSubjectX500Principal().getName();
    } catch (SSLPeerUnverifiedException e) {
      throw new AssertionError(e);
    }
  }

  /** A client that has no session to resume, with which it would not be shown a certificate. */
  private static TlsHandshake fresh() {
    return TlsHandshake.with(parameters -> {});
  }

  private static void assertAnswered(TcpClient client) {
    assertThat(client.ask(query(9, "www.anteroom.test", Type.A)).getRcode()).isZero();
  }

  private static void replace(Path file, Path by) throws Exception {
    Path next = Files.copy(by, file.resolveSibling("next"));
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @ParameterizedTest
  @EnumSource(TlsConnectionTest.Provider.class)
  void client_getsTheCertificateOfTheNameItAsksFor(TlsConnectionTest.Provider provider) {
    TlsFiles first = TlsFiles.make(directory, "first", "DNS:first.test");
    TlsFiles other = TlsFiles.make(directory, "other", "DNS:other.test,DNS:*.wild.test");
    try (TestNode node =
        start(
            "certificates = [ { %s }, { %s } ], provider = %s"
                .formatted(
                    first.settings(),
                    other.settings(),
                    provider.name().toLowerCase(Locale.ROOT)))) {
      assertThat(shown(node, TlsHandshake.named("other.test"))).isEqualTo("CN=other");
      assertThat(shown(node, TlsHandshake.named("Any.Wild.test"))).isEqualTo("CN=other");
      assertThat(shown(node, TlsHandshake.named("first.test"))).isEqualTo("CN=first");
      assertThat(shown(node, TlsHandshake.named("unknown.test"))).isEqualTo("CN=first");
      assertThat(shown(node, fresh())).isEqualTo("CN=first");
    }
  }

  @Test
  void changedFiles_areReadAgain_andConnectionsStayOpen() throws Exception {
    TlsFiles files = TlsFiles.make(directory, "old", "DNS:node.test");
    TlsFiles next = TlsFiles.make(directory, "new", "DNS:node.test");
    try (TestNode node = start(files.settings());
        TcpClient open = client(node, TlsHandshake.PLAIN)) {
      assertAnswered(open);
      // As an operator does it: one file after the other, which do not fit for a moment.
      replace(files.key(), next.key());
      replace(files.certificate(), next.certificate());

      await().atMost(PATIENCE).until(() -> shown(node, fresh()), "CN=new"::equals);
      assertAnswered(open);
      assertThat(node.count(Counter.TLS_CERTIFICATES_READ)).isEqualTo(1);
    }
  }

  @Test
  void changedFilesThatCantBeUsed_leaveTheOldCertificate_untilTheyCan() throws Exception {
    TlsFiles files = TlsFiles.make(directory, "old", "DNS:node.test");
    TlsFiles next = TlsFiles.make(directory, "new", "DNS:node.test");
    try (TestNode node = start(files.settings())) {
      replace(files.certificate(), next.certificate());
      awaitCount(node, Counter.TLS_CERTIFICATES_FAILED, 1);
      assertThat(shown(node, fresh())).isEqualTo("CN=old");

      Files.delete(files.certificate());
      awaitCount(node, Counter.TLS_CERTIFICATES_FAILED, 2);
      assertThat(shown(node, fresh())).isEqualTo("CN=old");

      Files.copy(next.certificate(), files.certificate());
      replace(files.key(), next.key());
      await().atMost(PATIENCE).until(() -> shown(node, fresh()), "CN=new"::equals);
    }
  }

  private static void awaitCount(TestNode node, Counter counter, long n) {
    await(counter.word()).atMost(PATIENCE).until(() -> node.count(counter) >= n);
  }
}
