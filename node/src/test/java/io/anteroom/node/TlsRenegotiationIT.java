// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.Program;
import io.anteroom.node.testing.TlsFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client of TLS 1.2 that renegotiates is refused. The JDK decides that once in a process, so the
 * node has one of its own.
 */
final class TlsRenegotiationIT {
  @TempDir private Path directory;

  @Test
  void renegotiation_isRefused_withEachImplementation() throws Exception {
    int port = FreePorts.inARow(2);
    String files = TlsFiles.make(directory, "node", "DNS:node.test").settings();
    Path configuration = directory.resolve("node.conf");
    Files.writeString(
        configuration,
        """
        anteroom {
          listeners = [
            { transport = tls, address = "127.0.0.1:%d", tls { %s, provider = jdk } }
            { transport = tls, address = "127.0.0.1:%d", tls { %s, provider = openssl } }
          ]
          upstreams.default.servers = []
          cluster.port = 0
          admin = off
        }
        """
            .formatted(port, files, port + 1, files));
    try (Program node = Program.anteroom("run", "--config", configuration.toString())) {
      node.awaitLine("Ctrl-C ends it.");

      assertThat(renegotiate(port)).contains("RENEGOTIATING", "SSL alert number");
      assertThat(renegotiate(port + 1)).contains("RENEGOTIATING", "SSL alert number");
    }
  }

  /** In a line of its own, R makes openssl renegotiate. It ends when it is refused. */
  private static String renegotiate(int port) throws IOException, InterruptedException {
    Process client =
        new ProcessBuilder("openssl", "s_client", "-connect", "127.0.0.1:" + port, "-tls1_2")
            .redirectErrorStream(true)
            .start();
    client.getOutputStream().write("R\n".getBytes(StandardCharsets.US_ASCII));
    client.getOutputStream().flush();
    String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    client.waitFor();
    return said;
  }
}
