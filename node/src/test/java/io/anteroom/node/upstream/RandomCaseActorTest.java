// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.query;
import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Letters in random case (draft-vixie-dnsext-dns0x20), and servers that do not keep them. */
class RandomCaseActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** So many letters that nobody sees them in the same case twice, nor all in one. */
  private static final String NAME =
      "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz.example";

  private static PoolSettings oneTry(ScriptedServer server) {
    return PoolRig.tries(settings(LONG, server), 1);
  }

  @Test
  void query_severalTimes_eachInACaseOfItsOwn() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < 5; i++) {
        rig.expectTrueAnswer(rig.ask(NAME));
      }
      for (Asked asked : server.queries()) {
        String sent = asked.nameAsSent();
        assertThat(sent).as("seed %d", rig.seed).isEqualToIgnoringCase(NAME + ".");
        assertThat(sent).isNotEqualTo(sent.toLowerCase(Locale.ROOT));
        assertThat(sent).isNotEqualTo(sent.toUpperCase(Locale.ROOT));
        seen.add(sent);
      }
      assertThat(seen).hasSize(5);
    }
  }

  @Test
  void answerWithoutTheCase_overTcpToo_takenAndServerAskedWithoutForAnHour() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answerInLowerCase);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask(NAME));
      List<Asked> first = server.queries(NAME);
      assertThat(first).extracting(Asked::tcp).containsExactly(false, true);
      assertThat(rig.count(Counter.UPSTREAM_MISMATCH_CASE)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_DOUBTED)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_CASE_BROKEN)).isEqualTo(1);

      rig.expectTrueAnswer(rig.ask(query(1, "Mixed.Example"), LONG));
      List<Asked> second = server.queries("mixed.example");
      assertThat(second).extracting(Asked::nameAsSent).containsExactly("Mixed.Example.");

      rig.skip(Duration.ofHours(1).plusSeconds(1));
      rig.expectTrueAnswer(rig.ask("long-after." + NAME.substring(10)));
      assertThat(rig.count(Counter.UPSTREAM_CASE_BROKEN)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void answerWithoutTheCase_tcpOfNoUse_believedAndServerAskedWithout(boolean closes) {
    ScriptedServer.Script script =
        q -> {
          if (!q.tcp()) {
            q.answerInLowerCase();
          } else if (closes) {
            q.close();
          }
        };
    Duration timeout = Duration.ofMillis(closes ? 30_000 : 300);
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(PoolRig.tries(settings(timeout, server), 1))) {
      rig.expectTrueAnswer(rig.ask(NAME));
      assertThat(rig.count(Counter.UPSTREAM_CASE_BROKEN)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_UNANSWERED)).isZero();
      int before = server.queries().size();
      rig.expectTrueAnswer(rig.ask("next.example"));
      assertThat(server.queries()).hasSize(before + 1);
    }
  }

  @Test
  void answerWithoutTheCase_tcpKeepsIt_serverStaysTrusted() {
    ScriptedServer.Script script =
        q -> {
          if (q.tcp()) {
            q.answer();
          } else {
            q.answerInLowerCase();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(oneTry(server))) {
      rig.expectTrueAnswer(rig.ask(NAME));
      assertThat(rig.count(Counter.UPSTREAM_DOUBTED)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_CASE_BROKEN)).isZero();
      server.script(Asked::answer);
      rig.expectTrueAnswer(rig.ask("next." + NAME.substring(5)));
      assertThat(server.queries().get(2).nameAsSent()).isNotEqualTo(server.queries().get(2).name());
    }
  }

  @Test
  void flagOff_sentAsTheClientWroteItAndAnyCaseTaken() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answerInOtherCase);
        PoolRig rig = new PoolRig(oneTry(server).withFlags(Set.of(ChannelFlag.EDNS)))) {
      rig.expectTrueAnswer(rig.ask(query(1, "Www.Example"), LONG));
      assertThat(server.queries()).extracting(Asked::nameAsSent).containsExactly("Www.Example.");
    }
  }
}
