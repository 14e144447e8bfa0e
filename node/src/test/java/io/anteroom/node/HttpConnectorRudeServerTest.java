// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.RudeHttpServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Filters whose HTTP server does not keep to the rules: no connection is left open to it. */
final class HttpConnectorRudeServerTest {
  private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
  private static final String PASS = "HTTP/1.1 204 No Content\r\n\r\n";

  @Test
  void interimResponses_areOverlooked() throws Exception {
    assertThat(rcodeFor(CONTINUE.repeat(3) + PASS, SuspensionCounter.RESUMED))
        .isEqualTo(Rcode.NOERROR);
  }

  @Test
  void interimResponsesWithoutEnd_closeTheConnection() throws Exception {
    assertClosed(CONTINUE.repeat(50), SuspensionCounter.HTTP_STATUS);
  }

  @Test
  void headersWithoutEnd_closeTheConnection() throws Exception {
    assertClosed(
        "HTTP/1.1 200 OK\r\n" + "X-Filler: 0123456789\r\n".repeat(1_000),
        SuspensionCounter.HTTP_TOO_LARGE);
  }

  @Test
  void lineWithoutEnd_closesTheConnection() throws Exception {
    assertClosed("HTTP/1.1 200 " + "O".repeat(10_000), SuspensionCounter.HTTP_TOO_LARGE);
  }

  @Test
  void whatIsNoHttp_closesTheConnection() throws Exception {
    assertClosed("SSH-2.0-OpenSSH_9.2\r\n\r\n", SuspensionCounter.VERDICTS_MALFORMED);
  }

  @Test
  void answerThatNobodyAskedFor_closesTheConnection() throws Exception {
    try (RudeHttpServer server = RudeHttpServer.start(PASS + PASS);
        TestNode node = TestNode.start(HttpConnectorTest.one(server.url(), ""), Map.of())) {
      assertThat(ask(node)).isEqualTo(Rcode.NOERROR);
      server.awaitAllClosed();
    }
  }

  private static void assertClosed(String answer, SuspensionCounter counter) throws Exception {
    assertThat(rcodeFor(answer, counter)).isEqualTo(Rcode.SERVFAIL);
  }

  private static int rcodeFor(String answer, SuspensionCounter counter) throws Exception {
    try (RudeHttpServer server = RudeHttpServer.start(answer);
        TestNode node = TestNode.start(HttpConnectorTest.one(server.url(), ""), Map.of())) {
      int rcode = ask(node);
      node.awaitCount(1, counter, 1);
      if (rcode != Rcode.NOERROR) {
        server.awaitAllClosed();
      }
      return rcode;
    }
  }

  private static int ask(TestNode node) {
    try (UdpClient client = node.udp()) {
      await().until(() -> node.node().services().get(1).isAvailable());
      return client.ask(query(1, "www.wild.anteroom.test", Type.A)).getRcode();
    }
  }
}
