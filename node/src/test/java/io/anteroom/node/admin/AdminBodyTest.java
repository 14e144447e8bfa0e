// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.TestNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Bodies that are too large, or come too slowly, on each path that takes one. */
final class AdminBodyTest {
  private static final List<String> PATHS =
      List.of(
          "rules",
          "blocks",
          "blocks/remove",
          "cache/purge",
          "upstreams/default",
          "suspended/7/1/resume");

  @TempDir private static Path directory;
  private static TestNode node;
  private static String token;

  @BeforeAll
  static void start() throws IOException {
    Path file = directory.resolve("token");
    node =
        TestNode.start(
            """
            filters.silent { async-id = 7 }
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(file),
            Map.of());
    token = Files.readString(file).strip();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String head(String path) {
    return """
        POST /api/v1/%s HTTP/1.1\r
        Host: 127.0.0.1\r
        Authorization: Bearer %s\r
        Content-Type: application/json\r
        Connection: close\r
        """
        .formatted(path, token);
  }

  /** A connection on which this has been sent. */
  private static Socket sent(String head, String body) throws IOException {
    InetSocketAddress server = node.node().adminAddress();
    Socket socket = new Socket(server.getAddress(), server.getPort());
    socket.setSoTimeout(30_000);
    try {
      socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // It has been answered already.
      return socket;
    }
    return socket;
  }

  /** The answer, also if the connection was closed before all had been sent. */
  private static String answer(Socket from) throws IOException {
    StringBuilder answer = new StringBuilder();
    try (from) {
      InputStream in = from.getInputStream();
      for (int b = in.read(); b >= 0; b = in.read()) {
        answer.append((char) b);
      }
    } catch (SocketException e) {
      answer.append(" (reset)");
    }
    return answer.toString();
  }

  @ParameterizedTest
  @FieldSource("PATHS")
  void body_tooLargeByItsLength_is413(String path) throws IOException {
    assertThat(answer(sent(head(path) + "Content-Length: 10000000\r\n", "x")))
        .startsWith("HTTP/1.1 413 ")
        .contains("{\"error\":\"the body has more than");
  }

  @ParameterizedTest
  @FieldSource("PATHS")
  void body_tooLargeInChunks_is413(String path) throws IOException {
    String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
    assertThat(answer(sent(head(path) + "Transfer-Encoding: chunked\r\n", chunk.repeat(20))))
        .startsWith("HTTP/1.1 413 ")
        .contains("{\"error\":\"the body has more than");
  }

  @Test
  void body_thatDoesNotCome_is408() throws IOException {
    List<Socket> all = new ArrayList<>();
    for (String path : PATHS) {
      all.add(sent(head(path) + "Content-Length: 10\r\n", "x"));
    }
    for (Socket each : all) {
      assertThat(answer(each))
          .startsWith("HTTP/1.1 408 ")
          .contains("{\"error\":\"the body has not come within 5 s\"}");
    }
  }
}
