// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.DohServer;
import io.anteroom.node.testing.TlsFiles;
import io.netty.handler.codec.http2.Http2Error;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers over HTTPS, good ones and rude ones. */
class Rfc8484HttpsActorTest {
  private static final String DNS = "application/dns-message";

  @TempDir private static Path dir;
  private static TlsFiles files;

  @BeforeAll
  static void makeKeys() {
    files = TlsFiles.make(dir, "dns", "DNS:dns.example,IP:127.0.0.1");
  }

  private static ServerSettings server(DohServer server, String hostname) {
    String uri =
        "https://127.0.0.1:%d/dns-query?hostname=%s&ca=dns.crt"
            .formatted(server.address().getPort(), hostname);
    return ServerText.parseAll(uri, ServerText.Ports.DEFAULT, dir).get(0);
  }

  private static PoolSettings pool(DohServer... servers) {
    return PoolRig.patient(
        Arrays.stream(servers).map(server -> server(server, "dns.example")).toList());
  }

  private static PoolSettings impatient(DohServer server) {
    PoolSettings settings = pool(server);
    TrySettings tries = settings.tries();
    Duration timeout = Duration.ofMillis(600);
    return settings.withTries(
        new TrySettings(timeout, timeout, 1, tries.deadline(), tries.failoverOn()));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dns.example", "127.0.0.1", "DNS.Example."})
  void manyQueries_eachOnAStreamOfOneConnection(String name) {
    try (DohServer server = DohServer.start(files, DohServer.Request::answer);
        PoolRig rig = new PoolRig(pool(server).withServers(List.of(server(server, name))))) {
      for (int i = 0; i < 300; i++) {
        rig.ask("n" + i + ".example");
      }
      for (int i = 0; i < 300; i++) {
        rig.expectAnyTrueAnswer();
      }
      assertThat(server.connections()).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_SOCKETS)).isEqualTo(1);
      DohServer.Request request = server.requests().get(0);
      assertThat(request.header(":method")).isEqualTo("POST");
      assertThat(request.header(":path")).isEqualTo("/dns-query");
      assertThat(request.header(":authority"))
          .isEqualToIgnoringCase(name.replaceAll("\\.$", "") + ":" + server.address().getPort());
      assertThat(request.header("content-type")).isEqualTo(DNS);
      assertThat(request.header("accept")).isEqualTo(DNS);
      assertThat(server.requests()).allMatch(r -> r.asked().id() == 0);
      // RFC 8467 section 4.1.
      assertThat(server.requests()).allSatisfy(r -> assertThat(r.asked().bytes()).hasSize(128));
    }
  }

  @Test
  void answersInAnyOrder_eachToItsQuery() {
    List<DohServer.Request> held = new ArrayList<>();
    Consumer<DohServer.Request> backwards =
        request -> {
          held.add(0, request);
          if (held.size() == 20) {
            held.forEach(DohServer.Request::answer);
          }
        };
    try (DohServer server = DohServer.start(files, backwards);
        PoolRig rig = new PoolRig(pool(server))) {
      for (int i = 0; i < 20; i++) {
        rig.ask("n" + i + ".example");
      }
      for (int i = 0; i < 20; i++) {
        rig.expectAnyTrueAnswer();
      }
    }
  }

  @Test
  void maxConcurrentStreams_isKept_theOthersWait() {
    AtomicInteger first = new AtomicInteger();
    List<DohServer.Request> held = new ArrayList<>();
    Consumer<DohServer.Request> script =
        request -> {
          if (first.getAndIncrement() == 0) {
            request.answer();
            return;
          }
          held.add(request);
          if (held.size() == 3) {
            held.forEach(DohServer.Request::answer);
            held.clear();
          }
        };
    try (DohServer server = DohServer.start(files, script, 3);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectTrueAnswer(rig.ask("first.example"));
      for (int i = 0; i < 30; i++) {
        rig.ask("n" + i + ".example");
      }
      for (int i = 0; i < 30; i++) {
        rig.expectAnyTrueAnswer();
      }
      assertThat(server.mostStreams()).isEqualTo(3);
      assertThat(server.connections()).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_STREAMS_FAILED)).isZero();
    }
  }

  /** What a server may do with a query instead of answering it, and what is said of it. */
  static Stream<Arguments> rude() {
    byte[] garbage = new byte[70_000];
    return Stream.of(
        rude("HTTP status 503", r -> r.respond("503", "text/plain", text("busy"))),
        rude("HTTP status 404", r -> r.respond("404", "", new byte[0])),
        rude("HTTP status 302", r -> r.respond("302", DNS, r.asked().answerBytes())),
        rude("text/html", r -> r.respond("200", "text/html", text("<html>"))),
        rude("\"null\"", r -> r.respond("200", "", r.asked().answerBytes())),
        rude("shorter", r -> r.respond("200", DNS, text("short"))),
        rude("shorter", r -> r.respond("200", DNS, new byte[0])),
        rude("longer", r -> r.respond("200", DNS, garbage)),
        rude("longer", Rfc8484HttpsActorTest::endless),
        rude("id other than 0", r -> r.asked().answerWithId(1)),
        rude("is a query", r -> r.respond("200", DNS, r.asked().bytes())),
        rude("error code 2", r -> r.reset(Http2Error.INTERNAL_ERROR)),
        rude("error code 1", Rfc8484HttpsActorTest::resetInTheMiddle));
  }

  private static Arguments rude(String said, Consumer<DohServer.Request> script) {
    return Arguments.of(said, script);
  }

  private static void endless(DohServer.Request request) {
    request.head("200", DNS);
    request.endlessly(new byte[1_000]);
  }

  private static void resetInTheMiddle(DohServer.Request request) {
    request.head("200", DNS);
    request.data(new byte[20], false);
    request.reset(Http2Error.PROTOCOL_ERROR);
  }

  /** The first query fails, and the next one on the same connection is answered. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("rude")
  void noAnswerOnAStream_failsThatQueryAlone_andIsSaid(
      String said, Consumer<DohServer.Request> script) {
    Consumer<DohServer.Request> rudeToOne =
        request -> {
          if (request.asked().name().startsWith("rude")) {
            script.accept(request);
          } else {
            request.answer();
          }
        };
    try (Lines lines = Lines.of(ConnectionTrouble.class);
        DohServer server = DohServer.start(files, rudeToOne);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectUnanswered(rig.ask("rude.example"), Unanswered.Reason.NETWORK);
      rig.expectUnanswered(rig.ask("rude2.example"), Unanswered.Reason.NETWORK);
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_STREAMS_FAILED)).isEqualTo(2);
      assertThat(rig.count(Counter.UPSTREAM_NETWORK)).isEqualTo(2);
      assertThat(rig.count(Counter.UPSTREAM_SOCKETS)).isEqualTo(1);
      assertThat(lines.all()).singleElement().asString().contains(said);
    }
  }

  @Test
  void answerThatIsWrong_failsItsQueryAtOnce() {
    Consumer<DohServer.Request> script =
        request -> {
          if (request.asked().name().startsWith("other")) {
            request.asked().answerToOtherName();
          } else {
            request.asked().answerCutTo(30);
          }
        };
    try (DohServer server = DohServer.start(files, script);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectUnanswered(rig.ask("other.example"), Unanswered.Reason.NETWORK);
      rig.expectUnanswered(rig.ask("cut.example"), Unanswered.Reason.NETWORK);
      assertThat(rig.count(Counter.UPSTREAM_MISMATCH_QUESTION)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_UNREADABLE)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_STREAMS_FAILED)).isEqualTo(2);
    }
  }

  @Test
  void answerInParts_withMoreBehindIt_isTaken() {
    Consumer<DohServer.Request> inParts =
        request -> {
          byte[] answer = request.asked().answerBytes();
          request.head("200", "Application/DNS-Message; charset=none");
          request.data(Arrays.copyOf(answer, 20), false);
          request.data(Arrays.copyOfRange(answer, 20, answer.length), false);
          request.data(text("trailing"), true);
        };
    try (DohServer server = DohServer.start(files, inParts);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
    }
  }

  @Test
  void longestAnswer_isTaken() {
    Consumer<DohServer.Request> longest = r -> r.asked().send(r.asked().longestAnswerBytes());
    try (DohServer server = DohServer.start(files, longest);
        PoolRig rig = new PoolRig(pool(server))) {
      for (int i = 0; i < 5; i++) {
        assertThat(rig.expectAnswered(rig.ask("n" + i + ".example")).answer().bytes())
            .hasSize(0xffff);
      }
    }
  }

  @Test
  void failure_otherServerIsAsked() {
    try (DohServer rude = DohServer.start(files, r -> r.respond("503", "", new byte[0]));
        DohServer good = DohServer.start(files, DohServer.Request::answer);
        PoolRig rig = new PoolRig(pool(rude, good))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rude.requests()).hasSize(1);
    }
  }

  /** Those that the server did not begin with go to a new connection, the others are answered. */
  @Test
  void goAway_losesNoQuery() {
    List<DohServer.Request> held = new ArrayList<>();
    Consumer<DohServer.Request> script =
        request -> {
          held.add(request);
          if (held.size() == 10) {
            // Netty sends the contents of requests in an order of its own.
            held.sort(Comparator.comparingInt(DohServer.Request::streamId));
            request.goAway(held.get(4).streamId());
            held.subList(0, 5).forEach(DohServer.Request::answer);
          } else if (held.size() > 10) {
            request.answer();
          }
        };
    try (DohServer server = DohServer.start(files, script);
        PoolRig rig = new PoolRig(pool(server))) {
      for (int i = 0; i < 10; i++) {
        rig.ask("n" + i + ".example");
      }
      for (int i = 0; i < 10; i++) {
        rig.expectAnyTrueAnswer();
      }
      assertThat(server.requests()).hasSize(15);
      assertThat(rig.count(Counter.UPSTREAM_GOAWAY)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_SOCKETS)).isEqualTo(2);
      assertThat(rig.count(Counter.UPSTREAM_STREAMS_FAILED)).isZero();
      await().atMost(PoolRig.PATIENCE).until(() -> server.connections() == 1);
    }
  }

  @Test
  void goAwayUponEachQuery_isANetworkError() {
    try (DohServer server = DohServer.start(files, request -> request.goAway(0));
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
      assertThat(server.requests()).hasSize(2);
      assertThat(rig.count(Counter.UPSTREAM_GOAWAY)).isEqualTo(2);
    }
  }

  @Test
  void refusedStream_isSentOnceMore() {
    AtomicInteger count = new AtomicInteger();
    Consumer<DohServer.Request> script =
        request -> {
          if (count.getAndIncrement() == 0) {
            request.reset(Http2Error.REFUSED_STREAM);
          } else {
            request.answer();
          }
        };
    try (DohServer server = DohServer.start(files, script);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_STREAMS_FAILED)).isZero();
    }
  }

  @Test
  void closesAfterEachAnswer_queriesInFlightAreSentAgain() {
    Consumer<DohServer.Request> script =
        request -> {
          request.answer();
          request.closeConnection();
        };
    try (DohServer server = DohServer.start(files, script);
        PoolRig rig = new PoolRig(pool(server))) {
      for (int i = 0; i < 10; i++) {
        rig.expectTrueAnswer(rig.ask("n" + i + ".example"));
      }
    }
  }

  @Test
  void garbageInsteadOfHttp2_isANetworkError() {
    try (DohServer server = DohServer.start(files, DohServer.Request::garbage);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
    }
  }

  @Test
  void neverAnswers_timesOut_andTheStreamsMakeRoom() {
    Consumer<DohServer.Request> silentToSome =
        request -> {
          if (!request.asked().name().startsWith("silent")) {
            request.answer();
          }
        };
    try (DohServer server = DohServer.start(files, silentToSome, 4);
        PoolRig rig = new PoolRig(impatient(server))) {
      await()
          .atMost(PoolRig.PATIENCE)
          .until(
              () -> {
                Query good = rig.ask("good.example");
                Query silent = rig.ask("silent" + rig.count(Counter.UPSTREAM_QUERIES) + ".example");
                for (int i = 0; i < 2; i++) {
                  Object outcome = rig.origin.receiveMessage(PoolRig.PATIENCE);
                  boolean isGood = outcome instanceof Answered a && a.query() == good;
                  boolean isSilent = outcome instanceof Unanswered u && u.query() == silent;
                  assertThat(isGood || isSilent).isTrue();
                }
                return server.resets().size() >= 3;
              });
      rig.expectTrueAnswer(rig.ask("last.example"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http/1.1", ""})
  void serverWithoutHttp2_isSaid(String protocol) {
    List<String> protocols = protocol.isEmpty() ? List.of() : List.of(protocol);
    try (Lines lines = Lines.of(ConnectionTrouble.class, ServerHealth.class);
        DohServer server = DohServer.speaking(files, protocols);
        PoolRig rig = new PoolRig(pool(server))) {
      for (int i = 0; i < 3; i++) {
        rig.expectUnanswered(rig.ask("n" + i + ".example"), Unanswered.Reason.NETWORK);
      }
      assertThat(rig.count(Counter.UPSTREAM_TLS_FAILED)).isEqualTo(3);
      assertThat(rig.count(Counter.UPSTREAM_WENT_DOWN)).isEqualTo(1);
      assertThat(lines.all()).hasSize(2);
      if (protocol.isEmpty()) {
        assertThat(lines.all()).allMatch(line -> line.contains("ALPN h2"));
      }
      assertThat(server.requests()).isEmpty();
    }
  }

  @Test
  void certificates_mustBeRight() {
    TlsFiles stranger = TlsFiles.make(dir, "stranger", "DNS:dns.example");
    TlsFiles other = TlsFiles.make(dir, "other", "DNS:other.example");
    for (TlsFiles wrong : List.of(stranger, other)) {
      try (DohServer server = DohServer.start(wrong, DohServer.Request::answer);
          PoolRig rig = new PoolRig(pool(server))) {
        rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
        assertThat(server.requests()).isEmpty();
      }
    }
  }

  @Test
  void expiredCertificate_isSaid() {
    TlsFiles expired = files.expired(dir, "DNS:dns.example");
    try (Lines lines = Lines.of(ConnectionTrouble.class);
        DohServer server = DohServer.start(expired, DohServer.Request::answer);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
      assertThat(lines.all()).singleElement().asString().contains("NotAfter");
    }
  }

  @Test
  void nobodyThere_isANetworkError() {
    DohServer gone = DohServer.start(files, DohServer.Request::answer);
    PoolSettings settings = pool(gone);
    gone.close();
    try (PoolRig rig = new PoolRig(settings)) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
    }
  }

  @Test
  void secondConnection_resumesTheSession() {
    Consumer<DohServer.Request> script = DohServer.Request::answer;
    try (DohServer server = DohServer.start(files, script);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      // Idle connections are closed by the pool.
      await()
          .atMost(PoolRig.PATIENCE)
          .until(
              () -> {
                rig.skip(Duration.ofSeconds(11));
                return server.connections() == 0;
              });
      rig.expectTrueAnswer(rig.ask("two.example"));
      server.closeConnections();
      rig.expectTrueAnswer(rig.ask("three.example"));

      assertThat(server.sessions()).hasSize(3);
      assertThat(server.sessions()).containsOnly(server.sessions().get(0));
      assertThat(rig.count(Counter.UPSTREAM_TLS_CONNECTIONS)).isEqualTo(3);
      assertThat(rig.count(Counter.UPSTREAM_TLS_VERIFIED)).isEqualTo(1);
    }
  }
}
