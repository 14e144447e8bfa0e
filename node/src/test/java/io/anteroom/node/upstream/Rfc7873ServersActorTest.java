// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Servers with DNS cookies, good ones and others. */
class Rfc7873ServersActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private static PoolSettings oneTry(ScriptedServer server) {
    return PoolRig.tries(settings(LONG, server), 1);
  }

  /** The client's cookie of a query, and behind it a server's made of this number. */
  private static byte[] cookie(Asked asked, int number) {
    byte[] both = Arrays.copyOf(Objects.requireNonNull(asked.cookie()), 16);
    Arrays.fill(both, 8, 16, (byte) number);
    return both;
  }

  private static void answerWithCookie(Asked asked) {
    if (asked.tcp()) {
      asked.answer();
    } else {
      asked.answerWithCookie(cookie(asked, 7));
    }
  }

  @Test
  void serverWithCookies_getsItsOwnBack() {
    try (ScriptedServer server = ScriptedServer.start(Rfc7873ServersActorTest::answerWithCookie);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(server.queries("one.example").get(0).cookie()).hasSize(8);
      Asked two = server.queries("two.example").get(0);
      assertThat(two.cookie()).isEqualTo(cookie(server.queries("one.example").get(0), 7));
    }
  }

  @Test
  void serverWithCookies_answersWithWrongOneOrNoneFirst_thoseAreDropped() {
    try (ScriptedServer server = ScriptedServer.start(Rfc7873ServersActorTest::answerWithCookie);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      server.script(
          q -> {
            byte[] wrong = cookie(q, 7);
            wrong[0] ^= 1;
            q.answerWithCookie(wrong);
            q.answer();
            answerWithCookie(q);
          });
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(rig.count(Counter.UPSTREAM_MISMATCH_COOKIE)).isEqualTo(2);
      assertThat(rig.count(Counter.UPSTREAM_DOUBTED)).isZero();
    }
  }

  @Test
  void serverStopsGivingCookies_askedOverTcpUntilItIsForgotten() {
    try (ScriptedServer server = ScriptedServer.start(Rfc7873ServersActorTest::answerWithCookie);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      server.script(Asked::answer);
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(server.queries("two.example")).extracting(Asked::tcp).containsExactly(false, true);
      rig.skip(Duration.ofMinutes(2));
      rig.expectTrueAnswer(rig.ask("three.example"));
      assertThat(server.queries("three.example")).hasSize(1);
    }
  }

  @Test
  void forgedRefusalOfEdns_serverWithCookies_dropped() {
    try (ScriptedServer server = ScriptedServer.start(Rfc7873ServersActorTest::answerWithCookie);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      server.script(
          q -> {
            q.headerOnly(1);
            q.rcode(1);
            answerWithCookie(q);
          });
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(rig.count(Counter.UPSTREAM_EDNS_REFUSED)).isZero();
      assertThat(rig.count(Counter.UPSTREAM_UNREADABLE)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_MISMATCH_COOKIE)).isEqualTo(1);
    }
  }

  @Test
  void badCookie_askedAgainWithTheNewOne() {
    ScriptedServer.Script script =
        q -> {
          if (Arrays.equals(q.cookie(), cookie(q, 9))) {
            q.answerWithCookie(cookie(q, 9));
          } else {
            q.badCookie(cookie(q, 9));
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(rig.count(Counter.UPSTREAM_BAD_COOKIE)).isEqualTo(1);
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(rig.count(Counter.UPSTREAM_BAD_COOKIE)).isEqualTo(1);
    }
  }

  @Test
  void badCookie_threeTimes_askedOverTcp() {
    ScriptedServer.Script script =
        q -> {
          if (q.tcp()) {
            q.answer();
          } else {
            q.badCookie(cookie(q, 9));
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(server.queries())
          .extracting(Asked::tcp)
          .containsExactly(false, false, false, true);
      assertThat(rig.count(Counter.UPSTREAM_BAD_COOKIE)).isEqualTo(3);
    }
  }

  @Test
  void badCookie_overTcpToo_networkError() {
    ScriptedServer.Script script = q -> q.badCookie(q.tcp() ? new byte[16] : cookie(q, 9));
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectUnanswered(rig.ask("one.example"), Unanswered.Reason.NETWORK);
    }
  }

  @Test
  void withoutEdns_noCookieAndNoRecord() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(oneTry(server).withFlags(Set.of(ChannelFlag.DNS0X20)))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(server.queries("one.example").get(0).additional()).isEmpty();
    }
  }
}
