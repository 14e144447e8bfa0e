// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.HttpsNode.ASYNC_ID;
import static io.anteroom.node.HttpsNode.LOCAL;
import static io.anteroom.node.HttpsNode.assertAnswered;
import static io.anteroom.node.HttpsNode.target;
import static io.anteroom.node.testing.DnsMessages.query;
import static io.anteroom.node.testing.HttpsClient.END_HEADERS;
import static io.anteroom.node.testing.HttpsClient.END_STREAM;
import static io.anteroom.node.testing.HttpsClient.PATH;
import static io.anteroom.node.testing.HttpsClient.TYPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.HttpsNode.Kind;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpsClient;
import io.anteroom.node.testing.HttpsClient.Response;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsHandshake;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * DNS over HTTPS in HTTP/2 (RFC 8484, RFC 9113), with clients that behave and clients that don't.
 */
final class HttpsTest {
  private static final int LONG = 70_000;
  private static final int NO_ERROR = 0;
  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;

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

  private static HttpsClient patient() {
    return https.client(Kind.PATIENT);
  }

  @Test
  void post_isAnswered() {
    try (HttpsClient client = patient()) {
      client.post(PATH, query(0, LOCAL, Type.A));
      Response response = client.response();

      assertThat(response.status()).isEqualTo(200);
      assertThat(response.header("content-type")).isEqualTo(TYPE);
      assertThat(response.header("content-length")).isEqualTo("" + response.body().length);
      Message answer = DnsMessages.parse(response.body());
      assertThat(DnsMessages.addresses(answer)).hasSize(1);
      assertThat(response.header("cache-control"))
          .isEqualTo("max-age=" + answer.getSection(Section.ANSWER).get(0).getTTL());
    }
  }

  @Test
  void get_isAnswered_whateverElseIsInTheUrl() {
    String target = target(query(0, LOCAL, Type.A));
    String dns = target.substring(target.indexOf('?') + 1);
    try (HttpsClient client = patient()) {
      for (String each :
          List.of(target, target + "=", target + "%3D%3d", PATH + "?ct&a=b&" + dns + "&c=d")) {
        client.get(each);
        assertThat(DnsMessages.addresses(DnsMessages.parse(client.receive()))).hasSize(1);
      }
    }
  }

  /** RFC 8484 section 5.1 and RFC 2308 section 5. */
  @Test
  void negativeAnswer_isKeptAsLongAsItsSoaRecordSays() {
    try (HttpsClient client = patient()) {
      client.post(PATH, query(0, "nothing.anteroom.test", Type.A));
      Response response = client.response();

      Message answer = DnsMessages.parse(response.body());
      assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
      SOARecord soa = (SOARecord) answer.getSection(Section.AUTHORITY).get(0);
      assertThat(response.header("cache-control"))
          .isEqualTo("max-age=" + Math.min(soa.getTTL(), soa.getMinimum()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET,    /dns-query,                    , 400, HTTP_BAD_REQUESTS",
    "GET,    /dns-query?dns=,               , 400, HTTP_BAD_REQUESTS",
    "GET,    /dns-query?dns=AAAA,           , 400, HTTP_BAD_REQUESTS",
    "GET,    /dns-query?dns=AAAAA,          , 400, HTTP_BAD_REQUESTS",
    "GET,    /dns-query?dns=AA+/AAAAAAAAAAAAAAAAAAAAAAAAAAA, , 400, HTTP_BAD_REQUESTS",
    "GET,    /dns-query?name=example.com,   , 400, HTTP_BAD_REQUESTS",
    "GET,    /,                             , 404, HTTP_UNKNOWN_PATHS",
    "GET,    /dns-query/x?dns=AAAA,         , 404, HTTP_UNKNOWN_PATHS",
    "GET,    /dns-quer?dns=AAAA,            , 404, HTTP_UNKNOWN_PATHS",
    "HEAD,   /dns-query,                    , 405, HTTP_BAD_METHODS",
    "PUT,    /dns-query,                    , 405, HTTP_BAD_METHODS",
    "OPTIONS, /dns-query,                   , 405, HTTP_BAD_METHODS",
    "POST,   /dns-query,                    , 415, HTTP_BAD_TYPES",
    "POST,   /dns-query,    application/json, 415, HTTP_BAD_TYPES",
    "POST,   /dns-query, application/dns-messages, 415, HTTP_BAD_TYPES",
    "POST,   /dns-query, application/dns-message, 400, HTTP_BAD_REQUESTS"
  })
  void requestWithoutBody_thatAsksNothing_isRefused(
      String method, String target, String type, int status, Counter counter) {
    long before = node.count(counter);
    try (HttpsClient client = patient()) {
      if (type == null) {
        client.head(true, method, target);
      } else {
        client.head(true, method, target, "content-type", type);
      }
      Response response = client.response();

      assertThat(response.status()).isEqualTo(status);
      assertThat(response.reset()).isEqualTo(-1);
      assertThat(response.header("allow")).isEqualTo(status == 405 ? "GET, POST" : "");
      assertThat(response.body().length > 0).isEqualTo(!method.equals("HEAD"));
      assertThat(node.count(counter)).isEqualTo(before + 1);
      assertAnswered(client);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/dns-query, application/dns-message, 11, 400",
    "/dns-query, application/dns-message, 1, 400",
    "/dns-query, text/plain, 30, 415",
    "/elsewhere, application/dns-message, 30, 404"
  })
  void bodyThatAsksNothing_isRefused(String path, String type, int length, int status) {
    try (HttpsClient client = patient()) {
      int stream = client.head(false, "POST", path, "content-type", type);
      client.frame(Http2FrameTypes.DATA, END_STREAM, stream, new byte[length]);
      Response response = client.response();

      assertThat(response.status()).isEqualTo(status);
      assertThat(response.reset()).isEqualTo(-1);
      assertAnswered(client);
    }
  }

  @Test
  void bodyThatIsNotAsLongAsItSays_isRefused() {
    byte[] query = query(0, LOCAL, Type.A);
    try (HttpsClient client = patient()) {
      int stream =
          client.head(
              false, "POST", PATH, "content-type", TYPE, "content-length", "" + query.length + 1);
      client.frame(Http2FrameTypes.DATA, END_STREAM, stream, query);

      assertThat(client.response().status()).isEqualTo(400);
      assertAnswered(client);
    }
  }

  @Test
  void bodyInPieces_withPaddingAndTrailers_isRead() {
    byte[] query = query(0, LOCAL, Type.A);
    try (HttpsClient client = patient()) {
      int stream = client.head(false, "POST", PATH, "content-type", TYPE + "; a=b");
      for (byte each : query) {
        client.frame(Http2FrameTypes.DATA, 8, stream, (byte) 3, each, (byte) 0, (byte) 0, (byte) 0);
      }
      // A trailer field: "a: b", literal and not indexed.
      byte[] trailers = {0, 1, 'a', 1, 'b'};
      client.frame(Http2FrameTypes.HEADERS, END_HEADERS | END_STREAM, stream, trailers);

      assertThat(DnsMessages.parse(client.receive()).getRcode()).isZero();
    }
  }

  @Test
  void messageAboveTheLimit_isRefusedByItsLength_beforeItComes() {
    long before = node.count(Counter.HTTP_TOO_LARGE);
    try (HttpsClient client = patient()) {
      client.head(false, "POST", PATH, "content-type", TYPE, "content-length", "" + LONG);

      assertThat(client.response().status()).isEqualTo(413);
      assertThat(client.response().reset()).isEqualTo(NO_ERROR);
      assertThat(node.count(Counter.HTTP_TOO_LARGE)).isEqualTo(before + 1);
      assertAnswered(client);
    }
  }

  @Test
  void messageAboveTheLimit_withoutALength_isRefusedOnceItIsTooLong() {
    byte[] part = new byte[LONG / 7];
    try (HttpsClient client = patient()) {
      int stream = client.head(false, "POST", PATH, "content-type", TYPE);
      // The last of them comes when the stream has been reset, and is ignored.
      for (int i = 0; i < 8; i++) {
        client.frame(Http2FrameTypes.DATA, i == 7 ? END_STREAM : 0, stream, part);
      }

      assertThat(client.response().status()).isEqualTo(413);
      assertThat(client.response().reset()).isEqualTo(NO_ERROR);
      assertAnswered(client);
    }
  }

  @Test
  void clientThatExpectsIt_isToldToContinue() {
    byte[] query = query(0, LOCAL, Type.A);
    try (HttpsClient client = patient()) {
      int stream = client.head(false, "POST", PATH, "content-type", TYPE, "expect", "100-continue");
      HttpsClient.Frame frame = client.frame();
      while (frame.type() != Http2FrameTypes.HEADERS) {
        frame = client.frame();
      }
      assertThat(frame.flags() & END_STREAM).isZero();
      client.frame(Http2FrameTypes.DATA, END_STREAM, stream, query);

      assertThat(DnsMessages.parse(client.receive()).getRcode()).isZero();
      client.head(true, "POST", PATH, "content-type", TYPE, "expect", "wonders");
      assertThat(client.response().status()).isEqualTo(400);
    }
  }

  @Test
  void headerFieldsAboveTheLimit_areRefused_andTheNextRequestIsRead() {
    long before = node.count(Counter.HTTP_HEADERS_TOO_LARGE);
    try (HttpsClient client = https.client(Kind.NARROW)) {
      client.head(true, "GET", target(query(0, LOCAL, Type.A)), "cookie", "x".repeat(2_000));

      assertThat(client.response().status()).isEqualTo(431);
      assertThat(node.count(Counter.HTTP_HEADERS_TOO_LARGE)).isEqualTo(before + 1);
      assertAnswered(client);
    }
  }

  @Test
  void pathWithAnIdentity_isTaken() {
    byte[] query = query(0, LOCAL, Type.A);
    try (HttpsClient client = https.client(Kind.NARROW)) {
      client.post("/of/alice", query);
      assertThat(client.response().status()).isEqualTo(200);
      for (String path : List.of("/of/", "/of", "/of/alice/home")) {
        client.post(path, query);
        assertThat(client.response().status()).as(path).isEqualTo(404);
      }
    }
  }

  @Test
  void droppedQuery_isABadGateway_andItsConnectionStays() {
    long before = node.count(Counter.HTTP_UNANSWERED);
    try (HttpsClient client = patient()) {
      client.post(PATH, query(0, "www.drop.test", Type.A));
      assertThat(client.response().status()).isEqualTo(502);

      client.post(PATH, query(0, "verdict.held.test", Type.A));
      https.filter.next().decide(Verdict.drop());
      assertThat(client.response().status()).isEqualTo(502);
      assertThat(node.count(Counter.HTTP_UNANSWERED)).isEqualTo(before + 2);
      assertAnswered(client);
    }
  }

  @Test
  void fiftyQueries_areAnsweredInTheOrderInWhichTheyEnd() {
    try (HttpsClient client = patient()) {
      List<Integer> streams = new ArrayList<>();
      List<TestFilter.Held> held = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        streams.add(client.post(PATH, query(0, "q" + i + ".held.test", Type.A)));
        held.add(https.filter.next());
      }
      assertThat(held.get(0).request().transport()).isEqualTo(Transport.HTTPS);
      for (int i = 49; i >= 0; i--) {
        held.get(i).decide(Verdict.rcode(Rcode.NXDOMAIN));
        Response response = client.response();
        assertThat(response.stream()).isEqualTo(streams.get(i));
        assertThat(DnsMessages.parse(response.body()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      }
    }
  }

  /** Clients send each query with the id 0 (RFC 8484 section 4.1). */
  @Test
  void equalQueries_ofOneConnection_areTwoQueries() {
    byte[] query = query(0, "equal.held.test", Type.A);
    try (HttpsClient client = patient()) {
      int first = client.post(PATH, query);
      int second = client.post(PATH, query);
      TestFilter.Held one = https.filter.next();
      https.filter.next().decide(Verdict.rcode(Rcode.REFUSED));
      assertThat(client.response().stream()).isIn(first, second);
      one.decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(client.response().stream()).isIn(first, second);
    }
  }

  @Test
  void requestsAboveTheLimitOfStreams_areRefused() {
    long before = node.count(Counter.HTTP_STREAMS_REFUSED);
    try (HttpsClient client = https.client(Kind.NARROW)) {
      List<TestFilter.Held> held = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        client.post(PATH, query(0, "s" + i + ".held.test", Type.A));
        held.add(https.filter.next());
      }
      int fourth = client.get(target(query(0, LOCAL, Type.A)));
      Response refused = client.response();
      assertThat(refused.stream()).isEqualTo(fourth);
      assertThat(refused.reset()).isEqualTo(REFUSED_STREAM);
      assertThat(node.count(Counter.HTTP_STREAMS_REFUSED)).isEqualTo(before + 1);

      held.get(1).decide(Verdict.rcode(Rcode.REFUSED));
      assertThat(client.response().status()).isEqualTo(200);
      assertAnswered(client);
    }
  }

  /** RFC 9113 section 5.2. */
  @Test
  void answer_waitsForTheWindowOfTheClient() {
    try (HttpsClient client = HttpsClient.withWindow(https.address(Kind.PATIENT), 0)) {
      int stream = client.post(PATH, query(0, LOCAL, Type.A));
      HttpsClient.Frame head = client.frame();
      while (head.type() != Http2FrameTypes.HEADERS) {
        head = client.frame();
      }
      client.frame(Http2FrameTypes.WINDOW_UPDATE, 0, stream, HttpsClient.number(10));
      HttpsClient.Frame data = client.frame();
      assertThat(data.payload()).hasSize(10);
      assertThat(data.flags() & END_STREAM).isZero();
      client.frame(Http2FrameTypes.SETTINGS, 0, 0, HttpsClient.setting(4, 5_000));
      while (data.type() != Http2FrameTypes.DATA || data.payload().length == 10) {
        data = client.frame();
      }
      assertThat(data.flags() & END_STREAM).isEqualTo(END_STREAM);
      assertAnswered(client);
    }
  }

  @Test
  void cancelledQuery_freesWhatWaits() {
    long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    try (HttpsClient client = patient()) {
      int stream = client.post(PATH, query(0, "cancelled.held.test", Type.A));
      TestFilter.Held held = https.filter.next();
      client.frame(Http2FrameTypes.RST_STREAM, 0, stream, HttpsClient.number(8));
      node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
      held.decide(Verdict.proceed());

      assertAnswered(client);
    }
  }

  /** CVE-2023-44487. */
  @Test
  void rapidResets_costTheConnection_andFreeAllThatWaits() {
    long before = node.count(Counter.HTTP_RAPID_RESETS);
    try (HttpsClient client = patient()) {
      client.post(PATH, query(0, "victim.held.test", Type.A));
      var unused = https.filter.next();
      sendUntilClosed(
          client,
          () -> {
            int stream = client.post(PATH, query(0, "rapid.held.test", Type.A));
            client.frame(Http2FrameTypes.RST_STREAM, 0, stream, HttpsClient.number(8));
          });
      client.stream().awaitEnd();
      node.awaitCount(Counter.HTTP_RAPID_RESETS, before + 1);
    }
    https.assertAnswers();
  }

  /** Their fields may be large only once they are decoded (HPACK). */
  @Test
  void headerFieldsAboveTheLimit_againAndAgain_costTheConnection() {
    long before = node.count(Counter.HTTP_RAPID_RESETS);
    try (HttpsClient client = patient()) {
      sendUntilClosed(client, () -> client.head(true, "GET", PATH, "cookie", "x".repeat(9_000)));
      client.stream().awaitEnd();
      node.awaitCount(Counter.HTTP_RAPID_RESETS, before + 1);
    }
    https.assertAnswers();
  }

  /** Sends a thousand of something; fewer if the node closes the connection before. */
  private static void sendUntilClosed(HttpsClient client, Runnable once) {
    try {
      for (int i = 0; i < 1_000; i++) {
        once.run();
      }
    } catch (UncheckedIOException e) {
      // Closed, which the test sees by other means.
    }
  }

  /** What clients send so that a server resets their stream again and again (CVE-2025-55163). */
  enum Provocation {
    WINDOW_OF_NOTHING,
    WINDOW_TOO_LARGE,
    DATA_AFTER_THE_END,
    HEADERS_AFTER_THE_END,
    PRIORITY_OF_A_WRONG_LENGTH,
    PRIORITY_ON_ITSELF;

    private void send(HttpsClient client, int stream) {
      switch (this) {
        case WINDOW_OF_NOTHING ->
            client.frame(Http2FrameTypes.WINDOW_UPDATE, 0, stream, HttpsClient.number(0));
        case WINDOW_TOO_LARGE ->
            client.frame(
                Http2FrameTypes.WINDOW_UPDATE, 0, stream, HttpsClient.number(Integer.MAX_VALUE));
        case DATA_AFTER_THE_END -> client.frame(Http2FrameTypes.DATA, 0, stream, new byte[100]);
        case HEADERS_AFTER_THE_END ->
            client.frame(
                Http2FrameTypes.HEADERS,
                END_HEADERS | END_STREAM,
                stream,
                client.block("GET", "/"));
        case PRIORITY_OF_A_WRONG_LENGTH ->
            client.frame(Http2FrameTypes.PRIORITY, 0, stream, new byte[4]);
        case PRIORITY_ON_ITSELF ->
            client.frame(
                Http2FrameTypes.PRIORITY, 0, stream, Arrays.copyOf(HttpsClient.number(stream), 5));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void badFrameOnAStream_costsTheConnection_andFreesWhatWaits(Provocation provocation) {
    long before = node.count(Counter.HTTP_PROTOCOL_ERRORS);
    long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    try (HttpsClient client = patient()) {
      int stream = client.post(PATH, query(0, "made.held.test", Type.A));
      var unused = https.filter.next();
      provocation.send(client, stream);

      assertThat(client.goAway()).isPositive();
      node.awaitCount(Counter.HTTP_PROTOCOL_ERRORS, before + 1);
      node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
      client.stream().awaitEnd();
    }
    https.assertAnswers();
  }

  /** Frames that ask nothing. */
  enum Flood {
    PINGS,
    SETTINGS,
    EMPTY_DATA,
    PRIORITIES,
    UNKNOWN_FRAMES,
    WINDOWS,
    CONTINUATIONS;

    private void send(HttpsClient client) {
      if (this == CONTINUATIONS) {
        int stream = client.nextStream();
        client.frame(Http2FrameTypes.HEADERS, 0, stream, client.block("GET", "/"));
        sendUntilClosed(client, () -> client.frame(Http2FrameTypes.CONTINUATION, 0, stream));
      } else if (this == EMPTY_DATA) {
        int stream = client.head(false, "POST", PATH, "content-type", TYPE);
        sendUntilClosed(client, () -> client.frame(Http2FrameTypes.DATA, 0, stream));
      } else {
        sendUntilClosed(client, () -> client.stream().sendRaw(frame()));
      }
    }

    private byte[] frame() {
      return switch (this) {
        case PINGS -> HttpsClient.bytes(Http2FrameTypes.PING, 0, 0, new byte[8]);
        case SETTINGS -> HttpsClient.bytes(Http2FrameTypes.SETTINGS, 0, 0);
        case PRIORITIES -> HttpsClient.bytes(Http2FrameTypes.PRIORITY, 0, 7, new byte[5]);
        case UNKNOWN_FRAMES -> HttpsClient.bytes(77, 0, 0);
        default -> HttpsClient.bytes(Http2FrameTypes.WINDOW_UPDATE, 0, 0, HttpsClient.number(1));
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void flood_costsTheConnection(Flood flood) {
    long before = node.count(Counter.HTTP_FLOODS);
    try (HttpsClient client = patient()) {
      flood.send(client);
      client.stream().awaitEnd();
      node.awaitCount(Counter.HTTP_FLOODS, before + 1);
    }
    https.assertAnswers();
  }

  @Test
  void garbageInsteadOfHttp2_closesTheConnection() {
    long before = node.count(Counter.HTTP_PROTOCOL_ERRORS);
    for (byte[] sent :
        List.of("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII), new byte[100])) {
      try (TcpClient client =
          TcpClient.tls("127.0.0.1", https.address(Kind.PATIENT), TlsHandshake.offering("h2"))) {
        client.sendRaw(sent);
        client.awaitEnd();
      }
    }
    node.awaitCount(Counter.HTTP_PROTOCOL_ERRORS, before + 2);
    https.assertAnswers();
  }

  @Test
  void badFrames_closeTheConnection() {
    for (byte[] frame :
        List.of(
            HttpsClient.bytes(Http2FrameTypes.HEADERS, END_HEADERS, 2, new byte[4]),
            HttpsClient.bytes(Http2FrameTypes.HEADERS, END_HEADERS, 1, new byte[] {(byte) 0xff}),
            HttpsClient.bytes(Http2FrameTypes.HEADERS, END_HEADERS | END_STREAM, 1),
            HttpsClient.bytes(Http2FrameTypes.DATA, 0, 0, new byte[4]),
            HttpsClient.bytes(Http2FrameTypes.DATA, 0, 9, new byte[4]),
            HttpsClient.bytes(Http2FrameTypes.DATA, 8, 1, (byte) 9),
            HttpsClient.bytes(Http2FrameTypes.PING, 0, 0, new byte[7]),
            HttpsClient.bytes(Http2FrameTypes.SETTINGS, 0, 0, new byte[5]),
            HttpsClient.bytes(Http2FrameTypes.RST_STREAM, 0, 5, new byte[4]),
            HttpsClient.bytes(Http2FrameTypes.PUSH_PROMISE, END_HEADERS, 1, new byte[4]),
            HttpsClient.bytes(Http2FrameTypes.CONTINUATION, END_HEADERS, 1, new byte[4]),
            new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 0})) {
      long before = node.count(Counter.HTTP_PROTOCOL_ERRORS);
      try (HttpsClient client = patient()) {
        client.stream().sendRaw(frame);
        assertThat(client.goAway()).isPositive();
        node.awaitCount(Counter.HTTP_PROTOCOL_ERRORS, before + 1);
      }
    }
    https.assertAnswers();
  }

  @Test
  void otherProtocols_areRefused_andHttpToTheTlsPort() {
    assertThatThrownBy(
            () ->
                TcpClient.tls(
                    "127.0.0.1", https.address(Kind.PATIENT), TlsHandshake.offering("dot")))
        .hasMessageContaining("no_application_protocol");
    long before = node.count(Counter.TLS_NOT_TLS);
    try (TcpClient client = new TcpClient("127.0.0.1", https.address(Kind.PATIENT))) {
      client.sendRaw("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TLS_NOT_TLS, before + 1);
    }
  }

  @Test
  void end_inTheMiddle_freesWhatWaits() {
    long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    try (HttpsClient client = patient()) {
      client.post(PATH, query(0, "cut.held.test", Type.A));
      var unused = https.filter.next();
      client.head(false, "POST", PATH, "content-type", TYPE);
      client.stream().cut();
      node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
      client.stream().awaitEnd();
    }
  }

  @Test
  void idleConnection_getsAGoodbye() {
    long idle = node.count(Counter.TCP_IDLE);
    try (HttpsClient client = https.client(Kind.HASTY)) {
      assertAnswered(client);
      assertThat(client.goAway()).isEqualTo(NO_ERROR);
      client.stream().awaitEnd();
      node.awaitCount(Counter.TCP_IDLE, idle + 1);
    }
  }

  @Test
  void halfARequest_isClosedAsIdle_evenWithAQueryInFlight() {
    long idle = node.count(Counter.TCP_IDLE);
    try (HttpsClient client = https.client(Kind.HASTY)) {
      client.post(PATH, query(0, "long.held.test", Type.A));
      var unused = https.filter.next();
      client.head(false, "POST", PATH, "content-type", TYPE);
      client.stream().awaitEnd();
      node.awaitCount(Counter.TCP_IDLE, idle + 1);
    }
    try (HttpsClient client = https.client(Kind.HASTY)) {
      client.post(PATH, query(0, "longer.held.test", Type.A));
      var unused = https.filter.next();
      client.stream().sendRaw(new byte[5]);
      client.stream().awaitEnd();
      node.awaitCount(Counter.TCP_IDLE, idle + 2);
    }
  }

  @Test
  void clientThatNeverReads_isNotReadFrom_andClosedAsIdle() {
    long idle = node.count(Counter.TCP_IDLE);
    long answered = node.count(Counter.HTTP_UNKNOWN_PATHS);
    TcpClient stream =
        TcpClient.tls("127.0.0.1", https.address(Kind.HASTY), 4_096, TlsHandshake.offering("h2"));
    try (HttpsClient client = HttpsClient.over(stream)) {
      for (int i = 0; i < 20_000; i++) {
        stream.sendRaw(requests(client, 1_000));
      }
      throw new AssertionError("all was read");
    } catch (UncheckedIOException e) {
      // What must happen: the connection has been closed.
    }
    node.awaitCount(Counter.TCP_IDLE, idle + 1);
    // 100 bytes each: what the two socket buffers and the bounded one between them hold at the
    // most.
    assertThat(node.count(Counter.HTTP_UNKNOWN_PATHS) - answered).isLessThan(200_000);
    https.assertAnswers();
  }

  private static byte[] requests(HttpsClient client, int count) {
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      byte[] block = client.block("GET", "/");
      many.writeBytes(
          HttpsClient.bytes(
              Http2FrameTypes.HEADERS, END_HEADERS | END_STREAM, client.nextStream(), block));
    }
    return many.toByteArray();
  }

  @Test
  void withoutTls_http2IsKnownByItsFirstBytes() {
    try (HttpsClient client =
        HttpsClient.over(new TcpClient("127.0.0.1", https.address(Kind.CLEAR)))) {
      assertAnswered(client);
    }
  }

  @Test
  void nodeThatStops_saysSo_andAnswersWhatItHasTaken() {
    TestFilter filter = new TestFilter();
    TestNode ending =
        TestNode.start(
            """
            filters.judge { async-id = 1, timeout = 100s }
            rules.query = [ { match { suffix = ["test"] }, action { suspend = judge } } ]
            """,
            Map.of("judge", filter));
    try (HttpsClient client = HttpsClient.connect(ending.address(Transport.HTTPS))) {
      client.post(PATH, query(0, "last.test", Type.A));
      TestFilter.Held held = filter.next();
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(ending::close);
      assertThat(client.goAway()).isEqualTo(NO_ERROR);
      held.decide(Verdict.rcode(Rcode.NXDOMAIN));

      assertThat(client.response().status()).isEqualTo(200);
      client.stream().awaitEnd();
      stopped.join();
    }
  }

  @Test
  void errorCodes_areThoseOfTheRfc() {
    try (HttpsClient client = patient()) {
      client.frame(Http2FrameTypes.DATA, 0, 0);
      assertThat(client.goAway()).isEqualTo(PROTOCOL_ERROR);
    }
  }
}
