// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.wire.Answers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Section;

/** What servers should not send, and what comes of it: the true answer, and a counter. */
class BadServerActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(150);

  /** What a server sends before the true answer. */
  private enum Wrong {
    ID(Counter.UPSTREAM_MISMATCH_ID, q -> q.answerWithId(q.id() ^ 0x1)),
    QUESTION(Counter.UPSTREAM_MISMATCH_QUESTION, Asked::answerToOtherName),
    CASE(Counter.UPSTREAM_MISMATCH_CASE, Asked::answerInOtherCase),
    NO_RESPONSE(Counter.UPSTREAM_UNREADABLE, q -> q.send(q.bytes())),
    CUT_IN_HEADER(Counter.UPSTREAM_UNREADABLE, q -> q.answerCutTo(11)),
    CUT_IN_QUESTION(Counter.UPSTREAM_UNREADABLE, q -> q.answerCutTo(16)),
    CUT_IN_RECORD(Counter.UPSTREAM_UNREADABLE, q -> q.answerCutTo(q.answerBytes().length - 1)),
    EMPTY(Counter.UPSTREAM_UNREADABLE, q -> q.send(new byte[0])),
    LOOP(Counter.UPSTREAM_UNREADABLE, q -> q.send(pointTo(q.answerBytes(), 12, 12))),
    LOOP_IN_RECORD(Counter.UPSTREAM_UNREADABLE, q -> q.send(loopInRecord(q.answerBytes())));

    private final Counter counter;
    private final ScriptedServer.Script script;

    Wrong(Counter counter, ScriptedServer.Script script) {
      this.counter = counter;
      this.script = script;
    }

    /** The name of the answer's record, 16 bytes from its end, becomes a pointer to itself. */
    private static byte[] loopInRecord(byte[] answer) {
      return pointTo(answer, answer.length - 16, answer.length - 16);
    }

    private static byte[] pointTo(byte[] answer, int at, int target) {
      answer[at] = (byte) (0xc0 | target >> 8);
      answer[at + 1] = (byte) target;
      return answer;
    }
  }

  @ParameterizedTest
  @EnumSource(Wrong.class)
  void wrongAnswerFirst_trueOneLater_wrongCountedTrueTaken(Wrong wrong) {
    ScriptedServer.Script script =
        q -> {
          wrong.script.on(q);
          q.answer();
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(wrong.counter)).as("counters %s", rig.counts()).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_ANSWERS)).isEqualTo(1);
    }
  }

  @Test
  void garbage_anyBytes_trueAnswerTaken() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    ScriptedServer.Script script =
        q -> {
          for (int i = 0; i < 15; i++) {
            byte[] garbage = new byte[random.nextInt(200)];
            random.nextBytes(garbage);
            q.send(garbage);
            byte[] almost = q.answerBytes();
            almost[2 + random.nextInt(almost.length - 2)] ^= (byte) (1 << random.nextInt(8));
            if (i < 3) {
              q.send(almost);
            }
          }
          q.answer();
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      System.out.println("seed " + seed);
      for (int i = 0; i < 50; i++) {
        Query query = rig.ask("n" + i + ".example");
        // One bit of the answer may have been turned over without doing harm to it.
        assertThat(rig.expectAnswered(query).answer().answers(query.wire())).isTrue();
      }
    }
  }

  @Test
  void answeredTwice_secondCountedAsLate() {
    ScriptedServer.Script script =
        q -> {
          q.answer();
          q.answer();
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      await().until(() -> rig.count(Counter.UPSTREAM_LATE) == 1);
      rig.origin.expectNoMessage(Duration.ZERO);
    }
  }

  @Test
  void answerAfterTimeout_socketWithOthersInFlight_countedAsLate() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    try (ScriptedServer slow = ScriptedServer.start(held::add);
        ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(PoolRig.oneSocket(settings(LONG, slow, good)))) {
      Query first = rig.ask(PoolRig.query(1, "short.example"), SHORT);
      rig.ask("long.example");
      await().until(() -> held.size() == 2);
      rig.expectUnanswered(first, Unanswered.Reason.TIMEOUT);
      held.stream().filter(q -> q.name().startsWith("short")).forEach(Asked::answer);
      await().until(() -> rig.count(Counter.UPSTREAM_LATE) == 1);
      held.stream().filter(q -> q.name().startsWith("long")).forEach(Asked::answer);
      assertThat(rig.origin.receiveMessage(PoolRig.PATIENCE)).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void answerFromOtherSource_ignoredByTheKernel(boolean otherPort) {
    ScriptedServer.Script script =
        q -> {
          if (otherPort) {
            q.answerFromOtherPort();
          } else {
            q.answerFromOtherAddress();
          }
          q.rcode(3);
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      assertThat(rig.expectAnswered(rig.ask("www.example")).answer().rcode()).isEqualTo(3);
      // Netty and the pool never saw the other one, so there was nothing to count.
      assertThat(rig.counts())
          .containsOnlyKeys(
              Counter.UPSTREAM_SOCKETS, Counter.UPSTREAM_QUERIES, Counter.UPSTREAM_ANSWERS);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5})
  void refusal_countedAndNextServerAsked(int rcode) {
    try (ScriptedServer refuses = ScriptedServer.start(q -> q.rcode(rcode));
        ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, refuses, good))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_REFUSALS)).isEqualTo(1);
      // NOTIMP might have been for EDNS.
      assertThat(refuses.queries()).hasSize(rcode == 4 ? 2 : 1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void refusalOfABareHeader_nextServerAskedAtOnce(int rcode) {
    try (ScriptedServer refuses = ScriptedServer.start(q -> q.headerOnly(rcode));
        ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, refuses, good))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_REFUSALS)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_TIMEOUTS)).isZero();
      assertThat(refuses.queries()).hasSize(1);
    }
  }

  @Test
  void refusalOfABareHeader_trueAnswerOnTheNextTry_taken() {
    AtomicInteger asked = new AtomicInteger();
    ScriptedServer.Script script =
        q -> {
          if (asked.incrementAndGet() == 1) {
            q.headerOnly(2);
          } else {
            q.answer();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
    }
  }

  @Test
  void twoOptRecords_restOfTheAnswerTaken() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answerWithTwoOpts);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      Query query = rig.ask("www.example");
      byte[] told = Answers.adapt(query.wire(), rig.expectTrueAnswer(query));
      assertThat(DnsMessages.parse(told).getSection(Section.ADDITIONAL)).hasSize(1);
    }
  }

  @Test
  void longestAnswer_overTcp_taken() {
    ScriptedServer.Script script =
        q -> {
          if (q.tcp()) {
            q.send(q.longestAnswerBytes());
          } else {
            q.truncated();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      assertThat(rig.expectTrueAnswer(rig.ask("www.example")).bytes()).hasSize(65_535);
    }
  }

  @Test
  void twentyWrongIds_queryGoesOverTcpAndSocketIsReplaced() {
    ScriptedServer.Script script =
        q -> {
          if (q.tcp()) {
            q.answer();
          } else {
            IntStream.rangeClosed(1, 25).forEach(i -> q.answerWithId(q.id() ^ i));
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(PoolRig.oneSocket(settings(LONG, server)))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_SUSPECTED)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_MISMATCH_ID)).isEqualTo(20);
      server.script(Asked::answer);
      rig.expectTrueAnswer(rig.ask("next.example"));
      assertThat(server.queries("next.example").get(0).tcp()).isFalse();
      assertThat(server.queries("next.example").get(0).sourcePort())
          .isNotEqualTo(server.queries("www.example").get(0).sourcePort());
    }
  }

  @Test
  void truncated_askedOverTcpWithoutUsingUpATry() {
    ScriptedServer.Script script =
        q -> {
          if (q.tcp()) {
            q.answer();
          } else {
            q.truncated();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(PoolRig.tries(settings(LONG, server), 1))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_TRUNCATED)).isEqualTo(1);
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void tcp_manyInFlightAnsweredInRandomOrder_eachTheRightOne() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    ScriptedServer.Script script =
        q -> {
          if (q.tcp()) {
            held.add(q);
          } else {
            q.truncated();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      IntStream.range(0, 100).forEach(i -> rig.ask("n" + i + ".example"));
      await().until(() -> held.size() == 100);
      List<Asked> shuffled = new ArrayList<>(held);
      Collections.shuffle(shuffled, new Random(rig.seed));
      shuffled.forEach(Asked::answer);
      for (int i = 0; i < 100; i++) {
        PoolRig.assertTrue((Answered) rig.origin.receiveMessage(PoolRig.PATIENCE));
      }
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tcpClosedOnce_askedOnceMoreOnANewConnection(boolean inTheMiddle) {
    AtomicInteger overTcp = new AtomicInteger();
    ScriptedServer.Script script =
        q -> {
          if (!q.tcp()) {
            q.truncated();
          } else if (overTcp.incrementAndGet() > 1) {
            q.answer();
          } else if (inTheMiddle) {
            q.closeInTheMiddle();
          } else {
            q.close();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(PoolRig.tries(settings(LONG, server), 1))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_CONNECTIONS_LOST)).isEqualTo(1);
    }
  }

  @Test
  void tcpClosedAlways_failsAfterTheSecondConnection() {
    ScriptedServer.Script script =
        q -> {
          if (q.tcp()) {
            q.closeInTheMiddle();
          } else {
            q.truncated();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(PoolRig.tries(settings(LONG, server), 1))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
      assertThat(server.queries()).filteredOn(Asked::tcp).hasSize(2);
      assertThat(rig.count(Counter.UPSTREAM_CONNECTIONS_LOST)).isEqualTo(2);
    }
  }

  @Test
  void tcpSilent_timeoutThenNextServer() {
    ScriptedServer.Script script =
        q -> {
          if (!q.tcp()) {
            q.truncated();
          }
        };
    try (ScriptedServer stuck = ScriptedServer.start(script);
        ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(SHORT, stuck, good))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_TIMEOUTS)).isEqualTo(1);
      await().until(() -> stuck.connections() == 0);
    }
  }

  @Test
  void tcpSilentToOneQuery_othersAnswered_nextTryOnANewConnection() {
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    List<Asked> held = new CopyOnWriteArrayList<>();
    ScriptedServer.Script script =
        q -> {
          if (!q.tcp()) {
            q.truncated();
          } else if (!q.name().startsWith("slow.")) {
            held.add(q);
          } else if (ports.add(q.sourcePort()) && ports.size() == 1) {
            held.forEach(Asked::answer);
          } else {
            q.answer();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(SHORT.multipliedBy(2), server))) {
      Query other = rig.ask("other.example");
      await().until(() -> held.size() == 1);
      Query slow = rig.ask("slow.example");
      rig.expectTrueAnswer(other);
      rig.expectTrueAnswer(slow);
      assertThat(ports).hasSize(2);
      await().until(() -> server.connections() == 1);
      assertThat(rig.count(Counter.UPSTREAM_CONNECTIONS_LOST)).isZero();
    }
  }

  @Test
  void tcpWrongAnswers_countedAndTrueOneTaken() {
    ScriptedServer.Script script =
        q -> {
          if (!q.tcp()) {
            q.truncated();
            return;
          }
          q.send(new byte[0]);
          q.answerWithId(q.id() ^ 1);
          q.answerToOtherName();
          q.send(new byte[65_535]);
          q.answer();
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_UNREADABLE)).isEqualTo(2);
      assertThat(rig.count(Counter.UPSTREAM_MISMATCH_ID)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_MISMATCH_QUESTION)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void formerrToEdns_askedWithoutAndRemembered(boolean bare) {
    ScriptedServer.Script script =
        q -> {
          if (!q.hasEdns()) {
            q.answer();
          } else if (bare) {
            q.headerOnly(1);
          } else {
            q.rcode(1);
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(PoolRig.tries(settings(LONG, server), 1))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(rig.count(Counter.UPSTREAM_EDNS_REFUSED)).isEqualTo(1);
      assertThat(server.queries("one.example")).hasSize(2);
      assertThat(server.queries("two.example")).hasSize(1);
    }
  }

  @Test
  void formerrToAll_passedOnAndEdnsNotForgotten() {
    try (ScriptedServer server = ScriptedServer.start(q -> q.rcode(1));
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      assertThat(rig.expectAnswered(rig.ask("one.example")).answer().rcode()).isEqualTo(1);
      server.script(Asked::answer);
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(server.queries("two.example").get(0).hasEdns()).isTrue();
    }
  }

  @Test
  void udpMaxQueries_reached_socketReplaced() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(PoolRig.udpMaxQueries(settings(LONG, server), 5))) {
      for (int i = 0; i < 20; i++) {
        rig.expectTrueAnswer(rig.ask("n" + i + ".example"));
      }
      assertThat(rig.count(Counter.UPSTREAM_SOCKETS)).isEqualTo(4);
      assertThat(server.queries().stream().map(Asked::sourcePort).distinct()).hasSize(4);
    }
  }

  @Test
  void udpMaxQueries_reachedWithQueriesInFlight_theyAreStillAnswered() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    try (ScriptedServer server = ScriptedServer.start(held::add);
        PoolRig rig = new PoolRig(PoolRig.udpMaxQueries(settings(LONG, server), 2))) {
      Query first = rig.ask("one.example");
      rig.ask("two.example");
      rig.ask("three.example");
      await().until(() -> held.size() == 3);
      assertThat(rig.count(Counter.UPSTREAM_SOCKETS)).isEqualTo(2);
      held.stream().filter(q -> q.name().startsWith("one")).forEach(Asked::answer);
      rig.expectTrueAnswer(first);
    }
  }

  @Test
  void silentServer_manyQueries_atMostTwiceTheSocketsAndAnsweredOnceItIsBack() {
    try (ScriptedServer server = ScriptedServer.start(q -> {});
        PoolRig rig = new PoolRig(settings(SHORT, server))) {
      for (int i = 0; i < 16; i++) {
        rig.ask("n" + i + ".example");
      }
      for (int i = 0; i < 16; i++) {
        assertThat(rig.origin.receiveMessage(PoolRig.PATIENCE)).isInstanceOf(Unanswered.class);
      }
      assertThat(server.queries()).hasSizeBetween(16, 48);
      server.script(Asked::answer);
      rig.expectTrueAnswer(rig.ask("back.example"));
    }
  }
}
