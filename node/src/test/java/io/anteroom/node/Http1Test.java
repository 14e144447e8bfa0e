// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.HttpsNode.LOCAL;
import static io.anteroom.node.HttpsNode.target;
import static io.anteroom.node.testing.DnsMessages.query;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.HttpsNode.Kind;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Http1Reply;
import io.anteroom.node.testing.HttpsClient;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsHandshake;
import io.anteroom.protocol.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** DNS over HTTPS in HTTP/1.1 (RFC 8484, RFC 9112). */
final class Http1Test {
  private static final String HOST = "Host: node.test\r\n";

  private static HttpsNode https;
  private static TestNode node;

  @BeforeAll
  static void start() {
    https = new HttpsNode();
    node = https.node;
  }

  @AfterAll
  static void stop() {
    https.close();
  }

  @AfterEach
  void allHasEnded() {
    https.filter.forget();
    node.assertAtRest();
  }

  private static TcpClient client(Kind kind) {
    return kind == Kind.CLEAR
        ? new TcpClient("127.0.0.1", https.address(kind))
        : TcpClient.tls("127.0.0.1", https.address(kind), TlsHandshake.offering("http/1.1"));
  }

  private static void send(TcpClient client, String text) {
    client.sendRaw(text.getBytes(ISO_8859_1));
  }

  private static String get(String name) {
    return "GET " + target(query(0, name, Type.A)) + " HTTP/1.1\r\n" + HOST + "\r\n";
  }

  private static String post(String more, byte[] body) {
    return "POST /dns-query HTTP/1.1\r\n"
        + HOST
        + "Content-Type: application/dns-message\r\n"
        + more
        + "\r\n"
        + new String(body, ISO_8859_1);
  }

  private static void assertAnswer(Http1Reply reply) {
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("content-type")).isEqualTo(HttpsClient.TYPE);
    assertThat(reply.header("cache-control")).startsWith("max-age=");
    assertThat(DnsMessages.addresses(DnsMessages.parse(reply.body()))).hasSize(1);
  }

  @Test
  void getAndPost_areAnswered_withTlsAndWithout() {
    byte[] query = query(0, LOCAL, Type.A);
    for (Kind kind : List.of(Kind.PATIENT, Kind.CLEAR)) {
      try (TcpClient client = client(kind)) {
        send(client, get(LOCAL));
        assertAnswer(Http1Reply.next(client));
        send(client, post("Content-Length: " + query.length + "\r\n", query));
        assertAnswer(Http1Reply.next(client));
      }
    }
  }

  @Test
  void clientWithoutAlpn_getsHttp1() {
    try (TcpClient client = TcpClient.tls("127.0.0.1", https.address(Kind.PATIENT))) {
      send(client, get(LOCAL));
      assertAnswer(Http1Reply.next(client));
    }
  }

  @Test
  void bodyInChunks_andByteByByte_isRead() {
    String message = new String(query(0, LOCAL, Type.A), ISO_8859_1);
    String chunk = Integer.toHexString(message.length()) + "\r\n" + message + "\r\n0\r\n\r\n";
    try (TcpClient client = client(Kind.CLEAR)) {
      for (char each :
          (post("Transfer-Encoding: chunked\r\n", new byte[0]) + chunk).toCharArray()) {
        client.sendRaw(new byte[] {(byte) each});
      }
      assertAnswer(Http1Reply.next(client));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET,    /,                   400, 404",
    "GET,    /dns-query,          0, 400",
    "GET,    /dns-query?dns=&&&&, 0, 400",
    "PUT,    /dns-query,          20, 405",
    "POST,   /dns-query,          20, 415"
  })
  void requestThatAsksNothing_isRefused_andTheNextIsAnswered(
      String method, String target, int length, int status) {
    try (TcpClient client = client(Kind.CLEAR)) {
      send(
          client,
          "%s %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s"
              .formatted(method, target, HOST, length, "x".repeat(length)));
      Http1Reply reply = Http1Reply.next(client);

      assertThat(reply.status()).isEqualTo(status);
      assertThat(reply.header("allow")).isEqualTo(status == 405 ? "GET, POST" : "");
      send(client, get(LOCAL));
      assertAnswer(Http1Reply.next(client));
    }
  }

  @Test
  void head_isNotAllowed_andHasNoBody() {
    try (TcpClient client = client(Kind.CLEAR)) {
      send(client, "HEAD /dns-query HTTP/1.1\r\n" + HOST + "\r\n" + get(LOCAL));

      assertThat(Http1Reply.next(client, false).status()).isEqualTo(405);
      assertAnswer(Http1Reply.next(client));
    }
  }

  @Test
  void tooMuch_isRefused_andTheConnectionEnds() {
    String large = "x".repeat(70_000);
    String headers = "Cookie: " + "x".repeat(1_500) + "\r\n";
    assertRefused(Kind.PATIENT, post("Content-Length: 70000\r\n", large.getBytes(ISO_8859_1)), 413);
    assertRefused(
        Kind.PATIENT,
        post("Transfer-Encoding: chunked\r\n", new byte[0]) + "11170\r\n" + large + "\r\n0\r\n\r\n",
        413);
    assertRefused(Kind.NARROW, "GET / HTTP/1.1\r\n" + HOST + headers + "\r\n", 431);
    assertRefused(Kind.NARROW, "GET /" + "x".repeat(1_500) + " HTTP/1.1\r\n" + HOST + "\r\n", 414);
  }

  @Test
  void garbage_isRefused_andTheConnectionEnds() {
    assertRefused(Kind.PATIENT, "nonsense\r\n\r\n", 400);
    assertRefused(Kind.PATIENT, "GET / HTTP/1.1\r\n\r\n", 400);
    assertRefused(Kind.PATIENT, "GET / HTTP/1.1\r\n" + HOST + " a b c\r\nx\r\n\r\n", 400);
    assertRefused(Kind.PATIENT, post("Content-Length: many\r\n", new byte[0]), 400);
    assertRefused(
        Kind.PATIENT,
        post("Transfer-Encoding: chunked\r\n", new byte[0]) + "not a length\r\n\r\n",
        400);
    https.assertAnswers();
  }

  private static void assertRefused(Kind kind, String request, int status) {
    try (TcpClient client = client(kind)) {
      send(client, request);
      Http1Reply reply = Http1Reply.next(client);

      assertThat(reply.status()).as(request.lines().findFirst().orElse("")).isEqualTo(status);
      assertThat(reply.header("connection")).isEqualTo("close");
      client.awaitEnd();
    }
  }

  @Test
  void clientThatExpectsIt_isToldToContinue() {
    byte[] query = query(0, LOCAL, Type.A);
    String expect = "Content-Length: " + query.length + "\r\nExpect: 100-continue\r\n";
    try (TcpClient client = client(Kind.PATIENT)) {
      send(client, post(expect, new byte[0]));
      assertThat(Http1Reply.next(client, false).status()).isEqualTo(100);
      client.sendRaw(query);
      assertAnswer(Http1Reply.next(client));
    }
    assertRefused(Kind.PATIENT, post("Content-Length: 9\r\nExpect: wonders\r\n", new byte[0]), 417);
  }

  @Test
  void connection_isClosedWhenTheClientSaysSo() {
    String query = "GET " + target(query(0, LOCAL, Type.A));
    for (String request :
        List.of(
            query + " HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n",
            query + " HTTP/1.0\r\n\r\n")) {
      try (TcpClient client = client(Kind.PATIENT)) {
        send(client, request);
        Http1Reply reply = Http1Reply.next(client);
        assertAnswer(reply);
        assertThat(reply.header("connection")).isEqualTo("close");
        client.awaitEnd();
      }
    }
    try (TcpClient client = client(Kind.PATIENT)) {
      send(client, query + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(Http1Reply.next(client).header("connection")).isEqualTo("keep-alive");
      send(client, get(LOCAL));
      assertAnswer(Http1Reply.next(client));
    }
  }

  /** At most two of them are in flight, the limit of this listener. */
  @Test
  void pipelinedRequests_areAnsweredInTheirOrder_andBounded() {
    long accepted = node.count(HttpsNode.ASYNC_ID, SuspensionCounter.ACCEPTED);
    try (TcpClient client = client(Kind.NARROW)) {
      StringBuilder requests = new StringBuilder();
      for (int i = 0; i < 6; i++) {
        requests.append(get("p" + i + ".held.test"));
      }
      send(client, requests.append(get(LOCAL)).toString());
      List<TestFilter.Held> held = new ArrayList<>(List.of(https.filter.next()));
      for (int i = 1; i < 6; i++) {
        held.add(https.filter.next());
        assertThat(node.count(HttpsNode.ASYNC_ID, SuspensionCounter.ACCEPTED) - accepted)
            .isEqualTo(i + 1);
        held.get(i).decide(Verdict.rcode(Rcode.NXDOMAIN));
      }
      held.get(0).decide(Verdict.rcode(Rcode.REFUSED));

      for (int i = 0; i < 6; i++) {
        assertThat(DnsMessages.parse(Http1Reply.next(client).body()).getRcode())
            .isEqualTo(i == 0 ? Rcode.REFUSED : Rcode.NXDOMAIN);
      }
      assertAnswer(Http1Reply.next(client));
    }
  }

  @Test
  void queryInFlight_isAnswered_afterTheClientHasEndedItsSide() {
    try (TcpClient client = client(Kind.CLEAR)) {
      send(client, get("half.held.test"));
      TestFilter.Held held = https.filter.next();
      client.endInput();
      held.decide(Verdict.drop());

      assertThat(Http1Reply.next(client).status()).isEqualTo(502);
      client.awaitEnd();
    }
  }

  @Test
  void clientThatResets_freesWhatWaits() {
    long gone = node.count(HttpsNode.ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    TcpClient client = client(Kind.PATIENT);
    send(client, get("gone.held.test"));
    var unused = https.filter.next();
    client.reset();
    node.awaitCount(HttpsNode.ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
  }

  @Test
  void halfARequest_isClosedAsIdle() {
    for (String half :
        List.of("", "GET /dns", get(LOCAL) + "GET", post("Content-Length: 9\r\n", new byte[1]))) {
      long idle = node.count(Counter.TCP_IDLE);
      try (TcpClient client = client(Kind.HASTY)) {
        send(client, half);
        client.awaitEnd();
        node.awaitCount(Counter.TCP_IDLE, idle + 1);
      }
    }
  }
}
