// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DNS over QUIC with a client of others: kdig, whose QUIC is that of ngtcp2. */
final class QuicClientsTest {
  @TempDir private static Path directory;
  private static TlsFiles files;
  private static TestNode node;

  @BeforeAll
  static void start() {
    files = TlsFiles.make(directory, "node", "DNS:node.test");
    node =
        TestNode.start(
            """
            listeners = [ { transport = quic, address = "127.0.0.1:0", tls { %s } } ]
            loops = 1
            zones = [ { origin = "anteroom.test" } ]
            rules.query = [ { match { suffix = ["drop.test"] }, action = drop } ]
            """
                .formatted(files.settings()),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String kdig(int status, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "kdig",
                "@127.0.0.1",
                "-p",
                Integer.toString(node.address(Transport.QUIC).getPort()),
                "+quic",
                "+timeout=60",
                "+retry=0"));
    command.addAll(List.of(arguments));
    // The options of TLS mean TLS over TCP, unless this comes after them.
    command.add("+quic");
    Process kdig = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(kdig.getInputStream().readAllBytes());
    assertThat(kdig.waitFor()).as(said).isEqualTo(status);
    return said;
  }

  @Test
  void kdig_checksTheCertificate_andGetsAPaddedAnswer() throws Exception {
    assertThat(
            kdig(
                0,
                "+tls-ca=" + files.certificate(),
                "+tls-host=node.test",
                "+padding",
                "www.anteroom.test"))
        .contains("QUICv1", "TLS1.3", "192.0.2.80", "PADDING", "Received 468 B");
  }

  @Test
  void kdig_asksSeveralNamesOnOneConnection() throws Exception {
    String said = kdig(0, "+keepopen", "www.anteroom.test", "anteroom.test", "SOA");
    assertThat(said).contains("192.0.2.80", "SOA");
  }
}
