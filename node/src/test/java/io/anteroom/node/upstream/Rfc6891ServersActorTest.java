// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that can't stand our OPT record, or an option in it. */
class Rfc6891ServersActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final int FORMERR = 1;
  private static final int REFUSED = 5;
  private static final int BADVERS = 16;

  private static PoolSettings oneTry(ScriptedServer server) {
    return PoolRig.tries(settings(LONG, server), 1);
  }

  private static PoolSettings withoutCookies(PoolSettings pool) {
    SocketSettings d = pool.sockets();
    return pool.withSockets(
        new SocketSettings(
            d.sockets(),
            d.udpMaxQueries(),
            d.socketLife(),
            d.maxOutstanding(),
            d.localAddress(),
            d.receiveBuffer(),
            d.sendBuffer(),
            d.ednsSize(),
            false));
  }

  /** Gives this error, with an OPT record, to some queries, and the true answer to others. */
  private static ScriptedServer.Script refusing(int rcode, Predicate<Asked> some) {
    return q -> {
      if (some.test(q)) {
        q.rcodeWithOpt(rcode);
      } else {
        q.answer();
      }
    };
  }

  private static ScriptedServer.Script dropping(Predicate<Asked> some) {
    return q -> {
      if (!some.test(q)) {
        q.answer();
      }
    };
  }

  private static boolean hasCookie(Asked q) {
    return q.cookie() != null;
  }

  private static void answerWithCookie(Asked q) {
    byte[] cookie = q.cookie();
    if (cookie == null) {
      q.rcodeWithOpt(0);
    } else {
      q.answerWithCookie(Arrays.copyOf(cookie, 16));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 16})
  void errorToCookies_askedWithoutAndRememberedForFiveMinutes(int rcode) {
    ScriptedServer.Script script = refusing(rcode, Rfc6891ServersActorTest::hasCookie);
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(server.queries("one.example")).hasSize(2);
      rig.expectTrueAnswer(rig.ask("two.example"));
      List<Asked> second = server.queries("two.example");
      assertThat(second).singleElement().matches(Asked::hasEdns).matches(q -> !hasCookie(q));
      rig.skip(Duration.ofMinutes(5));
      rig.expectTrueAnswer(rig.ask("three.example"));
      assertThat(server.queries("three.example")).hasSize(2);
      assertThat(rig.count(Counter.UPSTREAM_EDNS_REFUSED)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 16})
  void errorToEdns_askedWithoutAndRemembered(int rcode) {
    try (ScriptedServer server = ScriptedServer.start(refusing(rcode, Asked::hasEdns));
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(server.queries("one.example")).hasSize(3);
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(server.queries("two.example")).singleElement().matches(q -> !q.hasEdns());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {FORMERR, BADVERS})
  void errorToEverything_goodSecondServer_isAsked(int rcode) {
    try (ScriptedServer broken = ScriptedServer.start(refusing(rcode, q -> true));
        ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, broken, good))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(broken.queries()).hasSize(3);
    }
  }

  @Test
  void badversToEverything_onlyServer_noAnswer() {
    try (ScriptedServer broken = ScriptedServer.start(refusing(BADVERS, q -> true));
        PoolRig rig = new PoolRig(oneTry(broken))) {
      rig.expectUnanswered(rig.ask("one.example"), Unanswered.Reason.NETWORK);
    }
  }

  @Test
  void refusedToEverything_askedAboutOnceOnly() {
    try (ScriptedServer server = ScriptedServer.start(refusing(REFUSED, q -> true));
        PoolRig rig = new PoolRig(oneTry(server))) {
      assertThat(rig.expectAnswered(rig.ask("one.example")).answer().rcode()).isEqualTo(REFUSED);
      assertThat(server.queries("one.example")).hasSize(3);
      assertThat(rig.expectAnswered(rig.ask("two.example")).answer().rcode()).isEqualTo(REFUSED);
      assertThat(server.queries("two.example")).hasSize(1);
    }
  }

  @Test
  void refused_serverThatHasAnsweredWithEdns_isAboutTheQuestion() {
    ScriptedServer.Script script = refusing(REFUSED, q -> q.name().startsWith("no."));
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("yes.example"));
      assertThat(rig.expectAnswered(rig.ask("no.example")).answer().rcode()).isEqualTo(REFUSED);
      assertThat(server.queries("no.example")).hasSize(1);
    }
  }

  @Test
  void cookiesDropped_foundOutAndRemembered() {
    try (ScriptedServer server =
            ScriptedServer.start(dropping(Rfc6891ServersActorTest::hasCookie));
        PoolRig rig = new PoolRig(settings(SHORT, server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(server.queries("one.example")).hasSize(2);
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(server.queries("two.example")).singleElement().matches(Asked::hasEdns);
    }
  }

  @Test
  void ednsDropped_foundOutAndRemembered() {
    try (ScriptedServer server = ScriptedServer.start(dropping(Asked::hasEdns));
        PoolRig rig = new PoolRig(settings(SHORT, server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(server.queries("one.example")).hasSize(3);
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(server.queries("two.example")).singleElement().matches(q -> !q.hasEdns());
    }
  }

  @Test
  void silence_serverThatHasSentOpt_neverAskedWithoutEdns() {
    try (ScriptedServer server = ScriptedServer.start(Rfc6891ServersActorTest::answerWithCookie);
        PoolRig rig = new PoolRig(settings(SHORT, server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      server.script(q -> {});
      for (int i = 0; i < 12; i++) {
        rig.expectUnanswered(rig.ask("n" + i + ".example"), Unanswered.Reason.TIMEOUT);
      }
      assertThat(server.queries()).allMatch(Asked::hasEdns);
      assertThat(server.queries()).as("all of them").anyMatch(q -> !hasCookie(q));
    }
  }

  @Test
  void cookiesOff_ednsWithoutOptions() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(withoutCookies(oneTry(server)))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(server.queries()).singleElement().matches(q -> q.additional().length == 11);
    }
  }

  @Test
  void cookiesOff_serverThatWantsOne_askedOverTcp() {
    ScriptedServer.Script script =
        q -> {
          if (q.tcp()) {
            q.answer();
          } else {
            q.badCookie(new byte[16]);
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(withoutCookies(oneTry(server)))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(server.queries()).extracting(Asked::tcp).containsExactly(false, true);
    }
  }
}
