// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.TlsFiles.openssl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.TlsListenerSettings;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.tls.CertificateFiles;
import io.anteroom.node.tls.TlsProvider;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The block {@code tls} of a listener, and the certificates that it names. */
final class TlsConfigurationTest {
  @TempDir private static Path directory;
  private static TlsFiles files;

  @BeforeAll
  static void make() {
    files = TlsFiles.make(directory, "node", "DNS:node.test");
  }

  private static NodeConfiguration load(String listener) throws InvalidConfiguration, IOException {
    Path file = directory.resolve("node.conf");
    Files.writeString(
        file,
        """
        anteroom.listeners = [
          { transport = tls, address = "127.0.0.1:853", %s }
        ]
        """
            .formatted(listener));
    return NodeConfiguration.load(file);
  }

  private static void assertRefused(String listener, String... messages) {
    assertThatThrownBy(() -> load(listener))
        .isInstanceOfSatisfying(
            InvalidConfiguration.class,
            e -> {
              assertThat(e.messages())
                  .hasSameSizeAs(messages)
                  .allMatch(message -> message.contains("node.conf:2: anteroom.listeners[0]"));
              for (String part : messages) {
                assertThat(e.messages()).anyMatch(message -> message.contains(part));
              }
            });
  }

  private static String path(String name) {
    return directory.resolve(name).toAbsolutePath().toString();
  }

  @Test
  void listener_hasItsSettings() throws Exception {
    var listener =
        (TlsListenerSettings)
            load("""
                    idle-timeout = 5s, tls {
                      certificate = node.crt, key = node.key, provider = jdk
                      handshake-timeout = 3s, max-handshakes = 7, max-handshakes-per-client = 2
                    }
                    """)
                .settings()
                .listeners()
                .get(0);

    assertThat(listener.transport()).isEqualTo(Transport.TLS);
    assertThat(listener.name()).isEqualTo("tls 127.0.0.1:853");
    assertThat(listener.connections().idleTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(listener.tls().certificates())
        .containsExactly(new CertificateFiles.Pem(files.certificate(), files.key(), null));
    assertThat(listener.tls().provider()).isEqualTo(TlsProvider.JDK);
    assertThat(listener.tls().handshakeTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(listener.tls().maxHandshakes()).isEqualTo(7);
    assertThat(listener.tls().maxHandshakesPerClient()).isEqualTo(2);
  }

  @Test
  void missingParts_areNamed() {
    assertRefused("name = a", "tls: is missing");
    assertRefused("tls {}", "tls.certificate: is missing", "tls.key: is missing");
    assertRefused("tls { certificate = node.crt }", "tls.key: is missing");
    assertRefused("tls.certificates = []", "tls.certificates: must have one certificate");
    assertRefused("tls.certificates = [{}]", "[0].certificate: is missing", "[0].key: is missing");
  }

  @Test
  void filesThatCantBeUsed_areNamed_withTheirLine() throws Exception {
    TlsFiles other = TlsFiles.make(directory, "other", "DNS:other.test");
    assertRefused(
        "tls { certificate = absent.crt, key = absent.key }",
        "tls.certificate: no such file: " + path("absent.crt"),
        "tls.key: no such file: " + path("absent.key"));
    assertRefused(
        "tls { certificate = node.crt, key = other.key }",
        "tls.certificate: %s: the key is not that of the certificate %s"
            .formatted(other.key(), files.certificate()));
    assertRefused(
        "tls { certificate = node.key, key = node.key }",
        "tls.certificate: " + files.key() + ": has no certificate in PEM");
    assertRefused(
        "tls { keystore = node.key }", "tls.keystore: " + files.key() + ": is no PKCS#12 file");
  }

  @Test
  void settingsThatExcludeOneAnother_areRefused() {
    assertRefused(
        "tls { keystore = node.key, key = node.key }",
        "tls.key: must not be set beside keystore",
        "is no PKCS#12 file");
    assertRefused(
        "tls { certificate = node.crt, key = node.key, password = a, password-file = node.key }",
        "tls.password-file: must not be set if password is set too");
    assertRefused(
        "tls { key = node.key, certificates = [{ certificate = node.crt, key = node.key }] }",
        "tls.key: must not be set beside certificates");
  }

  @Test
  void secretsOfTickets_areChecked_andNeedOpenSsl() throws Exception {
    String files = "tls { certificate = node.crt, key = node.key, ticket-secret-file = %s }";
    Files.writeString(directory.resolve("good.txt"), "# a secret\n" + "0a".repeat(32) + "\n");
    Files.writeString(directory.resolve("short.txt"), "\n0a0a\n");

    assertThat(load(files.formatted("good.txt")).settings().listeners().get(0))
        .isInstanceOfSatisfying(
            TlsListenerSettings.class,
            listener -> assertThat(listener.tls().ticketSecrets()).hasFileName("good.txt"));
    assertRefused(files.formatted("absent.txt"), "tls.ticket-secret-file: no such file: ");
    assertRefused(
        files.formatted("short.txt"),
        "tls.ticket-secret-file: " + path("short.txt") + ":2: a secret has 64 hexadecimal digits");
    assertRefused(
        files.formatted("good.txt, provider = jdk"), "tls.ticket-secret-file: needs OpenSSL");
  }

  @Test
  void settingsOfTls_areForNoOtherTransport() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    "anteroom.listeners = [{ transport = tcp, address = \"127.0.0.1:0\", tls {} }]"))
        .hasMessageContaining("anteroom.listeners[0].tls: is not for a listener on tcp");
  }

  @Test
  void certificateThatHasExpired_orIsNotValidYet_isWarnedOf() throws Exception {
    certificate("expired", "20200101000000Z", "20200102000000Z");
    certificate("early", "20990101000000Z", "20990102000000Z");

    assertThat(load("tls { certificate = expired.crt, key = node.key }").warnings())
        .singleElement()
        .asString()
        .contains("tls.certificate: ", "the certificate has expired on 2020-01-02T00:00:00Z");
    assertThat(load("tls { certificate = early.crt, key = node.key }").warnings())
        .singleElement()
        .asString()
        .contains("the certificate is not valid before 2099-01-01T00:00:00Z");
  }

  /** Signs one for the node's key that is valid between these times. */
  private static void certificate(String name, String from, String until) throws IOException {
    Path ca = Files.createDirectories(directory.resolve(name));
    Files.writeString(ca.resolve("index"), "");
    Files.writeString(
        ca.resolve("conf"),
        """
        [ca]
        default_ca = own
        [own]
        dir = %s
        new_certs_dir = $dir
        database = $dir/index
        rand_serial = yes
        default_md = sha256
        policy = any
        [any]
        commonName = supplied
        """
            .formatted(ca));
    openssl(
        "req -new -key %s -subj /CN=node -out %s".formatted(files.key(), ca.resolve("request")));
    openssl(
        "ca -batch -notext -selfsign -config %s -keyfile %s -in %s -startdate %s -enddate %s -out %s"
            .formatted(
                ca.resolve("conf"),
                files.key(),
                ca.resolve("request"),
                from,
                until,
                directory.resolve(name + ".crt")));
  }

  @Test
  void laterCertificateWithoutANameToChooseItBy_isWarnedOf() throws Exception {
    TlsFiles.make(directory, "nameless", "IP:127.0.0.1");
    List<String> warnings =
        load("""
                tls.certificates = [
                  { certificate = node.crt, key = node.key }
                  { certificate = nameless.crt, key = nameless.key }
                ]
                """)
            .warnings();

    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("tls.certificates[1].certificate: has no DNS name");
  }
}
