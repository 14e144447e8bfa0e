// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.TestNode;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin interface on all addresses of one family. */
final class AdminFamilyTest {
  @TempDir private Path directory;

  @Test
  void wildcardOfIpv4_answersOnIpv4Only() throws IOException {
    String settings =
        "admin { address = \"0.0.0.0:0\", token-file = \"%s\" }"
            .formatted(directory.resolve("token"));
    try (TestNode node = TestNode.start(settings, Map.of())) {
      int port = Objects.requireNonNull(node.node().adminAddress()).getPort();

      assertThat(ask("127.0.0.1", port)).startsWith("HTTP/1.1 ");
      assertThat(ask("::1", port)).isEmpty();
    }
  }

  /** The answer, or nothing if the connection ends without one. */
  private static String ask(String host, int port) throws IOException {
    try (Socket socket = new Socket(host, port)) {
      socket.setSoTimeout(20_000);
      String request = "GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (SocketException e) {
      return "";
    }
  }
}
