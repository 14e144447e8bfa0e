// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.RudeHttpServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Filters whose HTTP server does not keep to the rules: no connection is left open to it. */
final class HttpConnectorRudeServerTest {
  private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
  private static final String PASS = "HTTP/1.1 204 No Content\r\n\r\n";

  private static final int QUERIES = 12;
  private static final String BUSY =
      """
      upstreams.default.servers = []
      zones = [ { origin = "anteroom.test" } ]
      filters.web {
        async-id = 1, timeout = 4s, on-timeout = servfail, on-no-filter = refuse, breaker = off
        connector { transport = http, url = "%s" }
      }
      rules.query = [ { match = all, action { suspend = web } } ]
      """;

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

  @Test
  void serverThatTakesNoMoreConnections_isThereAsLongAsItAnswersOthers() throws Exception {
    try (RudeHttpServer server = RudeHttpServer.startForOneConnection(PASS);
        TestNode node = TestNode.start(BUSY.formatted(server.url()), Map.of());
        UdpClient client = node.udp()) {
      await().until(() -> node.node().services().get(1).isAvailable());
      for (int i = 0; i < QUERIES; i++) {
        client.send(query(i, "n" + i + ".wild.anteroom.test", Type.A));
      }
      List<Integer> rcodes = new ArrayList<>();
      for (int i = 0; i < QUERIES; i++) {
        rcodes.add(DnsMessages.parse(client.receive()).getRcode());
      }
      // The one that went by the connection that is there, and those for which there was none.
      assertThat(rcodes).contains(Rcode.NOERROR, Rcode.SERVFAIL).doesNotContain(Rcode.REFUSED);
      assertThat(node.count(1, SuspensionCounter.HTTP_UNREACHABLE)).isZero();
      assertThat(node.node().services().get(1).isAvailable()).isTrue();
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
