// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.ChoiceSettings;
import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerPolicy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Query;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Policies and checks with servers on real sockets. */
class PolicyActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private static PoolSettings with(ServerPolicy policy, ScriptedServer... servers) {
    return settings(LONG, servers)
        .withChoice(new ChoiceSettings(policy, false, 2, Duration.ofMillis(300), 1.25));
  }

  @Test
  void parallel_slowAndQuick_quickAnswersAndBothWereAsked() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    try (ScriptedServer slow = ScriptedServer.start(held::add);
        ScriptedServer quick = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(with(ServerPolicy.PARALLEL, slow, quick))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      await().until(() -> held.size() == 1);
      held.get(0).answer();
      await().until(() -> rig.count(Counter.UPSTREAM_LATE) == 1);
      rig.origin.expectNoMessage(Duration.ZERO);
    }
  }

  @Test
  void parallel_negativeBeforeGood_goodIsTheAnswer() {
    try (ScriptedServer wrong = ScriptedServer.start(q -> q.rcode(3));
        ScriptedServer right =
            ScriptedServer.start(q -> q.later(Duration.ofMillis(50), q::answer));
        PoolRig rig = new PoolRig(with(ServerPolicy.PARALLEL, wrong, right))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
    }
  }

  @Test
  void parallel_negativeAndSilence_negativeAfterTheGrace() {
    try (ScriptedServer negative = ScriptedServer.start(q -> q.rcode(3));
        ScriptedServer silent = ScriptedServer.start(q -> {});
        PoolRig rig = new PoolRig(with(ServerPolicy.PARALLEL, silent, negative))) {
      Query query = rig.ask("www.example");
      assertThat(rig.expectAnswered(query).answer().rcode()).isEqualTo(3);
      assertThat(rig.count(Counter.UPSTREAM_TIMEOUTS)).isZero();
    }
  }

  @Test
  void roundRobin_eachServerInItsTurn() {
    try (ScriptedServer one = ScriptedServer.start(Asked::answer);
        ScriptedServer two = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(with(ServerPolicy.ROUND_ROBIN, one, two))) {
      for (int i = 0; i < 10; i++) {
        rig.expectTrueAnswer(rig.ask("n" + i + ".example"));
      }
      assertThat(one.queries()).hasSize(5);
      assertThat(two.queries()).hasSize(5);
    }
  }

  @Test
  void check_serverThatIsBack_isFoundWithoutAClient() {
    HealthSettings.Check check =
        new HealthSettings.Check(
            "check.example.", 1, Duration.ofMillis(100), Duration.ofMillis(50), null);
    try (ScriptedServer server = ScriptedServer.start(q -> {});
        PoolRig rig =
            new PoolRig(settings(LONG, server).withHealth(new HealthSettings(0, LONG, 2, check)))) {
      await().until(() -> rig.count(Counter.UPSTREAM_WENT_DOWN) == 1);
      server.script(Asked::answer);
      await().until(() -> rig.count(Counter.UPSTREAM_CAME_BACK) == 1);
      assertThat(server.queries("check.example")).hasSizeGreaterThanOrEqualTo(3);
    }
  }
}
