// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DNS over TLS with clients of others: kdig and openssl. */
final class TlsClientsTest {
  @TempDir private static Path directory;
  private static TlsFiles files;
  private static TestNode node;

  @BeforeAll
  static void start() throws IOException {
    Path secrets = Files.writeString(directory.resolve("tickets"), "0a".repeat(32) + "\n");
    files = TlsFiles.make(directory, "node", "DNS:node.test");
    StringBuilder listeners = new StringBuilder();
    for (TlsConnectionTest.Provider provider : TlsConnectionTest.Provider.values()) {
      listeners.append(
          "{ transport = tls, address = \"127.0.0.1:0\", tls { %s, provider = %s } }%n"
              .formatted(files.settings(), provider.name().toLowerCase(Locale.ROOT)));
    }
    for (int i = 0; i < 2; i++) {
      listeners.append(
          "{ transport = tls, address = \"127.0.0.1:0\", tls { %s, ticket-secret-file = \"%s\" } }%n"
              .formatted(files.settings(), secrets));
    }
    node =
        TestNode.start(
            "listeners = [%n%s]%nloops = 1%nzones = [ { origin = \"anteroom.test\" } ]"
                .formatted(listeners),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static int port(TlsConnectionTest.Provider provider) {
    return port(provider.ordinal());
  }

  private static int port(int listener) {
    return node.addresses(Transport.TLS).get(listener).getPort();
  }

  @ParameterizedTest
  @EnumSource(TlsConnectionTest.Provider.class)
  void kdig_checksTheCertificate_andGetsAPaddedAnswer(TlsConnectionTest.Provider provider)
      throws Exception {
    Process kdig =
        new ProcessBuilder(
                "kdig",
                "@127.0.0.1",
                "-p",
                Integer.toString(port(provider)),
                "+tls-ca=" + files.certificate(),
                "+tls-host=node.test",
                "+padding",
                "+timeout=60",
                "www.anteroom.test")
            .redirectErrorStream(true)
            .start();
    String said = new String(kdig.getInputStream().readAllBytes());

    assertThat(kdig.waitFor()).as(said).isZero();
    assertThat(said).contains("TLS session (TLS1.3)", "192.0.2.80", "PADDING", "Received 468 B");
  }

  /** With a ticket of the first connection, openssl resumes its session in the second. */
  @ParameterizedTest
  @CsvSource({"JDK, tls1_2", "JDK, tls1_3", "OPENSSL, tls1_2", "OPENSSL, tls1_3"})
  void session_isResumedWithATicket(TlsConnectionTest.Provider provider, String version)
      throws Exception {
    Path session = directory.resolve("session-" + provider + version);
    int port = port(provider);
    assertThat(shake(port, "-" + version, "-sess_out", session)).contains("New, TLSv1.");
    assertThat(session).isNotEmptyFile();

    assertThat(shake(port, "-" + version, "-sess_in", session)).contains("Reused, TLSv1.");
  }

  /** Listeners share nothing else, so they stand for two nodes here. */
  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void session_isResumedElsewhere_onlyWithTheSameSecret(String version) throws Exception {
    Path session = directory.resolve("session-shared" + version);
    int first = TlsConnectionTest.Provider.values().length;
    int stranger = port(TlsConnectionTest.Provider.OPENSSL);
    assertThat(shake(port(first), version, "-sess_out", session)).contains("New, TLSv1.");

    assertThat(shake(port(first + 1), version, "-sess_in", session)).contains("Reused, TLSv1.");
    assertThat(shake(stranger, version, "-sess_in", session)).contains("New, TLSv1.");
  }

  /** Connects, and ends when the server closes: after a message that is too short. */
  private static String shake(int port, String version, String option, Path session)
      throws IOException, InterruptedException {
    Process client =
        new ProcessBuilder(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + port,
                "-alpn",
                "dot",
                version,
                option,
                session.toString())
            .redirectErrorStream(true)
            .start();
    client.getOutputStream().write(new byte[3]);
    client.getOutputStream().flush();
    String said = new String(client.getInputStream().readAllBytes());
    client.waitFor();
    return said;
  }

  @ParameterizedTest
  @EnumSource(TlsConnectionTest.Provider.class)
  void versionsBefore12_areRefused(TlsConnectionTest.Provider provider) throws Exception {
    Process client =
        new ProcessBuilder(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + port(provider),
                "-tls1_1",
                "-cipher",
                "DEFAULT:@SECLEVEL=0")
            .redirectErrorStream(true)
            .start();
    client.getOutputStream().close();
    String said = new String(client.getInputStream().readAllBytes());

    assertThat(client.waitFor()).as(said).isNotZero();
    assertThat(said).contains("alert protocol version");
  }
}
