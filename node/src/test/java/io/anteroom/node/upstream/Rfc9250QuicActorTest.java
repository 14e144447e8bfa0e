// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DoqServer;
import io.anteroom.node.testing.TlsFiles;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers over QUIC, good ones and rude ones. */
class Rfc9250QuicActorTest {
  private static final BiConsumer<Asked, QuicStreamChannel> GOOD =
      (asked, stream) -> asked.answer();

  @TempDir private static Path dir;
  private static TlsFiles files;

  @BeforeAll
  static void makeKeys() {
    files = TlsFiles.make(dir, "dns", "DNS:dns.example,IP:127.0.0.1");
  }

  private static PoolSettings pool(DoqServer server, String options) {
    String text = "quic://127.0.0.1:" + server.address().getPort() + "?" + options;
    return PoolRig.patient(ServerText.parseAll(text, ServerText.Ports.DEFAULT, dir));
  }

  private static PoolSettings pool(DoqServer server) {
    return pool(server, "hostname=dns.example&ca=dns.crt");
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 1_000})
  void manyQueries_eachOnAStreamOfOneConnection(int streams) {
    try (DoqServer server = DoqServer.start(files, "doq", streams, GOOD);
        PoolRig rig = new PoolRig(pool(server))) {
      for (int i = 0; i < 200; i++) {
        rig.ask("n" + i + ".example");
      }
      for (int i = 0; i < 200; i++) {
        rig.expectAnyTrueAnswer();
      }
      assertThat(server.connections()).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_BURSTS_DROPPED)).isZero();
      assertThat(server.queries()).allMatch(asked -> asked.id() == 0);
      // RFC 8467 section 4.1.
      assertThat(server.queries()).allSatisfy(asked -> assertThat(asked.bytes()).hasSize(128));
      assertThat(rig.count(Counter.UPSTREAM_TLS_VERIFIED)).isEqualTo(1);
    }
  }

  @Test
  void manyAnswersAtOnce_allArrive() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    BiConsumer<Asked, QuicStreamChannel> allAtOnce =
        (asked, stream) -> {
          held.add(asked);
          if (held.size() == 100) {
            held.forEach(Asked::answer);
          }
        };
    try (DoqServer server = DoqServer.start(files, "doq", 1_000, allAtOnce);
        PoolRig rig = new PoolRig(pool(server))) {
      for (int i = 0; i < 100; i++) {
        rig.ask("n" + i + ".example");
      }
      for (int i = 0; i < 100; i++) {
        rig.expectAnyTrueAnswer();
      }
      assertThat(rig.count(Counter.UPSTREAM_BURSTS_DROPPED)).isZero();
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  static Stream<Arguments> rude() {
    return Stream.of(
        rude("half an answer", (asked, stream) -> asked.closeInTheMiddle()),
        rude("no length", (asked, stream) -> stream.shutdownOutput()),
        rude("a reset", (asked, stream) -> stream.shutdownOutput(2)),
        rude("an id", (asked, stream) -> asked.answerWithId(1)),
        rude("another name", (asked, stream) -> asked.answerToOtherName()),
        rude("the end of the connection", (asked, stream) -> asked.close()));
  }

  private static Arguments rude(String what, BiConsumer<Asked, QuicStreamChannel> script) {
    return Arguments.of(what, script);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rude")
  void noAnswerOnAStream_isANetworkError_andTheNextQueryIsAnswered(
      String what, BiConsumer<Asked, QuicStreamChannel> script) {
    BiConsumer<Asked, QuicStreamChannel> rudeToOne =
        (asked, stream) -> (asked.name().startsWith("rude") ? script : GOOD).accept(asked, stream);
    try (DoqServer server = DoqServer.start(files, "doq", 100, rudeToOne);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectUnanswered(rig.ask("rude.example"), Unanswered.Reason.NETWORK);
      rig.expectTrueAnswer(rig.ask("www.example"));
    }
  }

  @Test
  void connectionThatEnds_isReplaced_andItsQueriesAreSentOnceMore() {
    AtomicInteger count = new AtomicInteger();
    BiConsumer<Asked, QuicStreamChannel> script =
        (asked, stream) -> {
          if (count.getAndIncrement() == 0) {
            asked.close();
          } else {
            asked.answer();
          }
        };
    try (DoqServer server = DoqServer.start(files, "doq", 100, script);
        PoolRig rig = new PoolRig(pool(server))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(server.connections()).isEqualTo(2);
      // The second handshake resumed the session of the first.
      assertThat(rig.count(Counter.UPSTREAM_TLS_VERIFIED)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hostname=other.example&ca=dns.crt",
        "hostname=dns.example",
        "pin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      })
  void wrongCertificate_isANetworkError(String options) {
    try (DoqServer server = DoqServer.start(files, "doq", 100, GOOD);
        PoolRig rig = new PoolRig(pool(server, options))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
      assertThat(server.queries()).isEmpty();
      assertThat(rig.count(Counter.UPSTREAM_TLS_FAILED)).isEqualTo(1);
    }
  }

  @Test
  void nobodyThere_isANetworkError() {
    DoqServer gone = DoqServer.start(files, "doq", 100, GOOD);
    PoolSettings settings = pool(gone);
    gone.close();
    try (PoolRig rig = new PoolRig(settings)) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
    }
  }
}
