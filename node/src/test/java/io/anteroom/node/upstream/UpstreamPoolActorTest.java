// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.maxOutstanding;
import static io.anteroom.node.upstream.PoolRig.query;
import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which server is asked when, and what comes of it. */
class UpstreamPoolActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(150);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void forward_goodServer_trueAnswerOnEpollAndNio(boolean epoll) {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, server), epoll)) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_QUERIES)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_ANSWERS)).isEqualTo(1);
    }
  }

  @Test
  void forward_manyQueries_idsOfItsOwnAndNothingOfTheClients() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      for (int i = 0; i < 200; i++) {
        rig.expectTrueAnswer(rig.ask(query(7, "n" + i + ".Example"), LONG));
      }
      Set<Long> portAndId = new HashSet<>();
      Set<Integer> ids = new HashSet<>();
      Set<Integer> ports = new HashSet<>();
      for (Asked asked : server.queries()) {
        assertThat(asked.name()).endsWith(".example.");
        assertThat(new String(asked.bytes(), StandardCharsets.ISO_8859_1)).doesNotContain("cookie");
        assertThat(asked.additional().length).isIn(11, 11 + 12);
        assertThat(portAndId.add((long) asked.sourcePort() << 16 | asked.id())).isTrue();
        ids.add(asked.id());
        ports.add(asked.sourcePort());
      }
      assertThat(ids.size()).as("seed %d", rig.seed).isGreaterThan(190);
      assertThat(ports).as("seed %d", rig.seed).hasSize(8);
    }
  }

  @Test
  void forward_300InFlightAnsweredInRandomOrder_eachTheRightOne() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    try (ScriptedServer server = ScriptedServer.start(held::add);
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      Set<Query> asked = Collections.newSetFromMap(new IdentityHashMap<>());
      for (int i = 0; i < 300; i++) {
        asked.add(rig.ask(query(7, "n" + i + ".example"), LONG));
      }
      await().until(() -> held.size() == 300);
      List<Asked> shuffled = new ArrayList<>(held);
      Collections.shuffle(shuffled, new Random(rig.seed));
      shuffled.forEach(Asked::answer);
      for (int i = 0; i < 300; i++) {
        OriginCommand got = rig.origin.receiveMessage(PoolRig.PATIENCE);
        assertThat(got).isInstanceOf(Answered.class);
        assertThat(asked.remove(((Answered) got).query())).isTrue();
        PoolRig.assertTrue((Answered) got);
      }
    }
  }

  @Test
  void forward_noServers_unansweredAtOnce() {
    try (PoolRig rig = new PoolRig(settings(LONG, List.of()))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
      assertThat(rig.count(Counter.UPSTREAM_UNANSWERED)).isEqualTo(1);
    }
  }

  @Test
  void forward_firstServerSilent_nextAnswersAndComesFirstAfterwards() {
    try (ScriptedServer silent = ScriptedServer.start(q -> {});
        ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(SHORT, silent, good))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      assertThat(rig.count(Counter.UPSTREAM_TIMEOUTS)).isEqualTo(1);
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(silent.queries()).hasSize(1);
      assertThat(good.queries()).hasSize(2);
    }
  }

  @Test
  void forward_failedServerIsBack_probedWithACopyAndFirstAgain() {
    HealthSettings always = new HealthSettings(1, Duration.ofSeconds(5), 3, null);
    try (ScriptedServer first = ScriptedServer.start(q -> {});
        ScriptedServer second = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(SHORT, first, second).withHealth(always))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      first.script(Asked::answer);
      rig.skip(Duration.ofSeconds(6));
      rig.expectTrueAnswer(rig.ask("two.example"));
      assertThat(second.queries("two.example")).hasSize(1);
      assertThat(rig.count(Counter.UPSTREAM_PROBES)).isEqualTo(1);
      await().until(() -> rig.count(Counter.UPSTREAM_ANSWERS) == 3);
      assertThat(first.queries("two.example")).hasSize(1);
      rig.expectTrueAnswer(rig.ask("three.example"));
      assertThat(first.queries("three.example")).hasSize(1);
    }
  }

  @Test
  void forward_allSilent_eachAskedTriesTimesThenTimeout() {
    try (ScriptedServer first = ScriptedServer.start(q -> {});
        ScriptedServer second = ScriptedServer.start(q -> {});
        PoolRig rig = new PoolRig(settings(SHORT, first, second))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.TIMEOUT);
      assertThat(first.queries("www.example")).hasSize(3);
      assertThat(second.queries("www.example")).hasSize(3);
      assertThat(rig.count(Counter.UPSTREAM_TIMEOUTS)).isEqualTo(6);
      assertThat(rig.count(Counter.UPSTREAM_UNANSWERED)).isEqualTo(1);
    }
  }

  @Test
  void forward_deadlineBeforeTimeout_unansweredByTheDeadline() {
    try (ScriptedServer silent = ScriptedServer.start(q -> {});
        PoolRig rig = new PoolRig(settings(LONG, silent))) {
      Query query = rig.ask(query(1, "www.example"), Duration.ofMillis(80));
      rig.expectUnanswered(query, Unanswered.Reason.TIMEOUT);
      assertThat(silent.queries()).hasSize(1);
    }
  }

  @Test
  void forward_deadlineOver_unansweredWithoutAsking() {
    try (ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, good))) {
      Query query = rig.ask(query(1, "www.example"), Duration.ofMillis(-1));
      rig.expectUnanswered(query, Unanswered.Reason.TIMEOUT);
      assertThat(good.queries()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void forward_portUnreachable_nextServerAtOnce(boolean epoll) {
    try (ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig =
            new PoolRig(settings(LONG, List.of(ScriptedServer.nobody(), good.address())), epoll)) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_NETWORK)).isEqualTo(1);
    }
  }

  @Test
  void forward_allUnreachable_unansweredForTheNetwork() {
    try (PoolRig rig =
        new PoolRig(settings(LONG, List.of(ScriptedServer.nobody(), ScriptedServer.nobody())))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5})
  void forward_refusal_nextServer(int rcode) {
    try (ScriptedServer refusing = ScriptedServer.start(q -> q.rcode(rcode));
        ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(settings(LONG, refusing, good))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_REFUSALS)).isEqualTo(1);
    }
  }

  @Test
  void forward_allRefuse_lastRefusalPassedOnAndNobodyAskedTwice() {
    try (ScriptedServer servfail = ScriptedServer.start(q -> q.rcode(2));
        ScriptedServer refused = ScriptedServer.start(q -> q.rcode(5));
        PoolRig rig = new PoolRig(settings(LONG, servfail, refused))) {
      Query query = rig.ask("www.example");
      assertThat(rig.expectAnswered(query).answer().rcode()).isEqualTo(5);
      assertThat(servfail.queries()).hasSize(1);
      assertThat(refused.queries()).hasSize(1);
    }
  }

  @Test
  void forward_oneRefusesOneSilent_silentAskedAgainThenTimeout() {
    try (ScriptedServer servfail = ScriptedServer.start(q -> q.rcode(2));
        ScriptedServer silent = ScriptedServer.start(q -> {});
        PoolRig rig = new PoolRig(settings(SHORT, servfail, silent))) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.TIMEOUT);
      assertThat(servfail.queries("www.example")).hasSize(1);
      assertThat(silent.queries("www.example")).hasSize(3);
    }
  }

  @Test
  void forward_nxdomain_isAnAnswer() {
    try (ScriptedServer server = ScriptedServer.start(q -> q.rcode(3));
        PoolRig rig = new PoolRig(settings(LONG, server))) {
      Query query = rig.ask("www.example");
      assertThat(rig.expectAnswered(query).answer().rcode()).isEqualTo(3);
    }
  }

  @Test
  void forward_tableFull_overloadAtOnceAndRoomAgainAfterwards() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    try (ScriptedServer server = ScriptedServer.start(held::add);
        PoolRig rig = new PoolRig(maxOutstanding(settings(LONG, server), 2))) {
      Query first = rig.ask("one.example");
      rig.ask("two.example");
      rig.expectUnanswered(rig.ask("three.example"), Unanswered.Reason.OVERLOAD);
      assertThat(rig.count(Counter.UPSTREAM_OVERLOAD)).isEqualTo(1);
      await().until(() -> held.size() == 2);
      held.stream().filter(q -> q.name().startsWith("one")).forEach(Asked::answer);
      rig.expectTrueAnswer(first);
      server.script(Asked::answer);
      rig.expectTrueAnswer(rig.ask("four.example"));
    }
  }

  @Test
  void stop_queriesInFlight_areUnanswered() {
    try (ScriptedServer silent = ScriptedServer.start(q -> {});
        PoolRig rig = new PoolRig(settings(LONG, silent))) {
      Query query = rig.ask("www.example");
      await().until(() -> silent.queries().size() == 1);
      rig.stopPool();
      rig.expectUnanswered(query, Unanswered.Reason.NETWORK);
    }
  }
}
