// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.HttpFilter;
import io.anteroom.node.testing.HttpFilter.Posted;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Filters that are asked over HTTP decide about a client's queries, or do not. */
final class HttpConnectorTest {
  private static final int WEB = 1;
  private static final int HASTY = 2;
  private static final int RESTARTS = 3;
  private static final int NARROW = 4;

  private static final TestFilter tagger = new TestFilter();
  private static final TestFilter seer = new TestFilter();
  private static HttpFilter web;
  private static HttpFilter restarts;
  private static HttpFilter narrow;
  private static TestNode node;

  @BeforeAll
  static void start() {
    web = HttpFilter.start(0, HttpConnectorTest::byName);
    narrow = HttpFilter.start(0, HttpConnectorTest::byName);
    restarts = HttpFilter.start(FreePorts.inARow(1), HttpConnectorTest::byName);
    node =
        TestNode.start(
            """
            upstreams.default.servers = []
            zones = [ { origin = "anteroom.test" } ]
            filters.web {
              async-id = 1, timeout = 30s, on-timeout = servfail, breaker = off
              connector { transport = http, url = "%s", authorization = "Bearer s3cret" }
            }
            filters.hasty {
              async-id = 2, timeout = 100ms, on-timeout = servfail, breaker = off
              connector { transport = http, url = "%s" }
            }
            filters.restarts {
              async-id = 3, timeout = 30s, on-timeout = servfail, on-no-filter = refuse
              connector { transport = http, url = "%s" }
            }
            filters.narrow {
              async-id = 4, timeout = 30s, on-overload = refuse, max-queued = 3
              connector { transport = http, url = "%s", max-requests = 2 }
            }
            filters.tagger { async-id = 5, timeout = 30s }
            filters.seer { async-id = 6, timeout = 30s }
            rules.query = [
              { match { suffix = ["tags.web.wild.anteroom.test"] }, action { suspend = tagger } }
              { match { suffix = ["web.wild.anteroom.test"] }, action { suspend = web } }
              { match { suffix = ["tags.web.wild.anteroom.test"] }, action { suspend = seer } }
              { match { suffix = ["hasty.wild.anteroom.test"] }, action { suspend = hasty } }
              { match { suffix = ["restarts.wild.anteroom.test"] }, action { suspend = restarts } }
              { match { suffix = ["narrow.wild.anteroom.test"] }, action { suspend = narrow } }
            ]
            """
                .formatted(web.url(), web.url(), restarts.url(), narrow.url()),
            Map.of("tagger", tagger, "seer", seer));
    for (int id : List.of(WEB, HASTY, RESTARTS, NARROW)) {
      await().until(() -> node.node().services().get(id).isAvailable());
    }
  }

  /** The first label says what it answers. */
  private static void byName(HttpFilter filter, Posted posted, HttpExchange exchange)
      throws IOException {
    String label = posted.name().substring(0, posted.name().indexOf('.'));
    switch (label) {
      case "json" -> json(exchange, "{\"verdict\": \"nxdomain\"}");
      case "later" -> json(exchange, "{\"verdict\": \"rcode 3\", \"new-thing\": [1]}");
      case "tagged" ->
          json(exchange, "{\"verdict\": \"continue tag a=1\", \"tags\": {\"b\": \"2\"}}");
      case "message" -> HttpFilter.reply(exchange, 200, "application/dns-message", answer(posted));
      case "mismatch" ->
          HttpFilter.reply(
              exchange, 200, "application/dns-message", query(1, "other.example", Type.A));
      case "html" -> HttpFilter.reply(exchange, 200, "text/html; charset=utf-8", "<p>Log in</p>");
      case "untyped" -> HttpFilter.reply(exchange, 200, "", "{\"verdict\": \"nxdomain\"}");
      case "empty" -> json(exchange, "");
      case "broken" -> json(exchange, "{\"verdict\": \"nxdomain\"");
      case "wordless" -> json(exchange, "{\"tags\": {}}");
      case "unknown" -> json(exchange, "{\"verdict\": \"perhaps\"}");
      case "array" -> json(exchange, "[\"nxdomain\"]");
      case "two" -> json(exchange, "{\"verdict\": \"nxdomain\"} {}");
      case "number" -> json(exchange, "{\"verdict\": \"nxdomain\", \"tags\": {\"a\": 1}}");
      case "redirect" -> {
        exchange.getResponseHeaders().set("Location", filter.url());
        HttpFilter.reply(exchange, 302, "", "");
      }
      case "error" -> HttpFilter.reply(exchange, 500, "application/json", "{\"verdict\":\"drop\"}");
      case "large" -> json(exchange, " ".repeat(200_000) + "{\"verdict\": \"nxdomain\"}");
      case "longmessage" ->
          HttpFilter.reply(exchange, 200, "application/dns-message", new byte[65_536]);
      case "endless" -> endless(exchange);
      case "closed" -> exchange.close();
      case "slow" -> {
        filter.hold();
        HttpFilter.reply(exchange, 204, "", "");
      }
      default -> HttpFilter.reply(exchange, 204, "", "");
    }
  }

  private static void json(HttpExchange exchange, String body) throws IOException {
    HttpFilter.reply(exchange, 200, "application/json", body);
  }

  private static byte[] answer(Posted posted) throws IOException {
    WireQuery asked = (WireQuery) WireQuery.parse(posted.message());
    return Answers.addresses(asked, List.of(InetAddress.getByName("192.0.2.7")), 60, null);
  }

  private static void endless(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      while (true) {
        out.write(new byte[1_000]);
      }
    }
  }

  @AfterAll
  static void stop() {
    node.close();
    web.close();
    restarts.close();
    narrow.close();
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @ParameterizedTest
  @CsvSource({"json, 3, 0", "later, 3, 0", "message, 0, 1", "nothing, 0, 1"})
  void verdict_decides(String label, int rcode, int answers) {
    try (UdpClient client = node.udp()) {
      Message answer = client.ask(query(7, label + ".web.wild.anteroom.test", Type.A));
      assertThat(answer.getRcode()).isEqualTo(rcode);
      assertThat(DnsMessages.addresses(answer)).hasSize(answers);
    }
  }

  @Test
  void message_isWhatTheClientGets() {
    try (UdpClient client = node.udp()) {
      Message answer = client.ask(query(7, "message.web.wild.anteroom.test", Type.A));
      assertThat(DnsMessages.addresses(answer))
          .extracting(InetAddress::getHostAddress)
          .containsExactly("192.0.2.7");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "html, HTTP_CONTENT_TYPE, 1",
    "untyped, HTTP_CONTENT_TYPE, 1",
    "empty, VERDICTS_MALFORMED, 1",
    "broken, VERDICTS_MALFORMED, 1",
    "wordless, VERDICTS_MALFORMED, 1",
    "unknown, VERDICTS_MALFORMED, 1",
    "array, VERDICTS_MALFORMED, 1",
    "two, VERDICTS_MALFORMED, 1",
    "number, VERDICTS_MALFORMED, 1",
    "mismatch, VERDICTS_REJECTED, 1",
    "redirect, HTTP_STATUS, 1",
    "error, HTTP_STATUS, 1",
    "large, HTTP_TOO_LARGE, 1",
    "longmessage, HTTP_TOO_LARGE, 1",
    "endless, HTTP_TOO_LARGE, 1",
    // It is asked once more: the connection may have been closed for its age.
    "closed, HTTP_CLOSED, 2"
  })
  void whatIsNoVerdict_isCounted_andLeavesItToOnTimeoutAtOnce(
      String label, SuspensionCounter counter, int times) {
    long before = node.count(WEB, counter);
    long timedOut = node.count(WEB, SuspensionCounter.TIMED_OUT);
    try (UdpClient client = node.udp()) {
      Message answer = client.ask(query(7, label + ".web.wild.anteroom.test", Type.A));
      assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    }
    node.awaitCount(WEB, counter, before + times);
    node.awaitCount(WEB, SuspensionCounter.TIMED_OUT, timedOut + 1);
    assertThat(node.node().services().get(WEB).isAvailable()).isTrue();
  }

  @Test
  void slowFilter_isGivenUpAtTheDeadline() {
    long before = node.count(HASTY, SuspensionCounter.HTTP_TIMEOUTS);
    try (UdpClient client = node.udp()) {
      Message answer = client.ask(query(7, "slow.hasty.wild.anteroom.test", Type.A));
      assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    }
    node.awaitCount(HASTY, SuspensionCounter.HTTP_TIMEOUTS, before + 1);
    web.release(1);
  }

  @Test
  void manyQueries_oneAfterTheOther_shareAConnection() {
    HttpFilter filter = HttpFilter.start(0, HttpConnectorTest::byName);
    try (TestNode other = TestNode.start(one(filter.url(), ""), Map.of());
        UdpClient client = other.udp()) {
      await().until(() -> other.node().services().get(1).isAvailable());
      for (int i = 0; i < 50; i++) {
        assertThat(client.ask(query(i, "json.wild.anteroom.test", Type.A)).getRcode())
            .isEqualTo(Rcode.NXDOMAIN);
      }
      assertThat(filter.posted()).hasSize(50);
      assertThat(filter.connections()).isEqualTo(1);
      other.assertAtRest();
    } finally {
      filter.close();
    }
  }

  static String one(String url, String more) {
    return """
        upstreams.default.servers = []
        zones = [ { origin = "anteroom.test" } ]
        filters.web {
          async-id = 1, timeout = 30s, on-timeout = servfail, on-no-filter = refuse
          connector { transport = http, url = "%s", %s }
        }
        rules.query = [ { match = all, action { suspend = web } } ]
        """
        .formatted(url, more);
  }

  @Test
  void request_saysInHeadersWhatElseIsKnown() {
    String name = "tagged.tags.web.wild.anteroom.test";
    tagger.on(name, Verdict.proceed().withTag("who", "a=b c\r\nx: \u00e4"));
    seer.on(name, Verdict.proceed());
    try (UdpClient client = node.udp()) {
      assertThat(client.ask(query(7, name, Type.A)).getRcode()).isEqualTo(Rcode.NOERROR);
    }
    Headers headers =
        web.posted().stream()
            .filter(p -> p.name().equals(name))
            .findFirst()
            .orElseThrow()
            .headers();
    assertThat(headers.getFirst("Content-Type")).isEqualTo("application/dns-message");
    assertThat(headers.getFirst("Authorization")).isEqualTo("Bearer s3cret");
    assertThat(headers.getFirst("Anteroom-Client"))
        .isEqualTo(Addresses.text(seer.requests(name).get(0).client()));
    assertThat(headers.getFirst("Anteroom-Transport")).isEqualTo("udp");
    assertThat(headers.getFirst("Anteroom-Stage")).isEqualTo("query");
    assertThat(SuspensionKey.parse(headers.getFirst("Anteroom-Key")).asyncId()).isEqualTo(WEB);
    assertThat(Long.parseLong(headers.getFirst("Anteroom-Remaining-Millis")))
        .isBetween(1L, 30_000L);
    assertThat(headers.get("Anteroom-Tag")).containsExactly("who=a%3Db%20c%0D%0Ax%3A%20%C3%A4");
    assertThat(seer.requests(name).get(0).tags()).containsEntry("a", "1").containsEntry("b", "2");
  }

  @Test
  void filterThatIsNotThere_isNoInstance_untilItIsBack() {
    int port = restarts.port();
    byte[] query = query(7, "a.restarts.wild.anteroom.test", Type.A);
    try (UdpClient client = node.udp()) {
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.NOERROR);
      restarts.close();
      // At once, not at the deadline, which is far off.
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(node.count(RESTARTS, SuspensionCounter.HTTP_UNREACHABLE)).isPositive();
      await().until(() -> !node.node().services().get(RESTARTS).isAvailable());
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.REFUSED);
      restarts = HttpFilter.start(port, HttpConnectorTest::byName);
      await().until(() -> node.node().services().get(RESTARTS).isAvailable());
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void requestsUnderWay_areBounded_andTheQueueBehindThem() {
    try (UdpClient client = node.udp()) {
      for (int i = 0; i < 8; i++) {
        client.send(query(i, "slow.n" + i + ".narrow.wild.anteroom.test", Type.A));
      }
      for (int i = 0; i < 3; i++) {
        assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.REFUSED);
      }
      assertThat(narrow.posted()).hasSizeLessThanOrEqualTo(2);
      narrow.release(5);
      for (int i = 0; i < 5; i++) {
        assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.NOERROR);
      }
      assertThat(narrow.connections()).isLessThanOrEqualTo(3);
    }
  }
}
