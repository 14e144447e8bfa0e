// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.anteroom.node.admin.AdminAgentActor.Command;
import io.anteroom.node.admin.AdminAgentActor.Gathered;
import io.anteroom.node.admin.AdminAgentActor.ListFilters;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

final class GatheringActorTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ManualTime.config()
              .withFallback(
                  ConfigFactory.parseString(
                      """
                      pekko.actor.provider = cluster
                      pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                      """))
              .withFallback(ConfigFactory.load()));
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final Views VIEWS =
      new Views(null, Cluster.get(KIT.system()).selfMember().address());
  private static final String HERE = VIEWS.node();
  private static final SuspendedRow ROW =
      new SuspendedRow("7/1", "f", "a.", "A", "[::1]:5", "query", HERE, 1, 2, "", "", "");

  private final TestProbe<Command> adminAgent = KIT.createTestProbe();
  private final TestProbe<Gathered> asker = KIT.createTestProbe();

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  @Test
  void pages_ofAllAgents_areOneAnswer() {
    ListFilters question = ask(Set.of(HERE));

    question.replyTo().tell(new AdminPage(HERE, 5, List.of(ROW), false));
    asker.expectNoMessage(Duration.ZERO);
    question.replyTo().tell(new AdminPage(HERE, 5, List.of(ROW), true));

    asker.expectMessage(new Gathered(List.of(ROW, ROW), 5, List.of()));
  }

  @Test
  void node_withoutAnAgent_isNamed() {
    ListFilters question = ask(Set.of(HERE, "10.0.0.1:17355"));

    question.replyTo().tell(new AdminPage(HERE, 0, List.of(), true));

    assertThat(asker.receiveMessage().unanswered()).containsExactly("10.0.0.1:17355");
  }

  @Test
  void desk_thatIsSilent_isNamedAfterTwoSeconds() {
    ListFilters question = ask(Set.of(HERE));
    question.replyTo().tell(new AdminPage(HERE, 5, List.of(ROW), false));
    TIME.expectNoMessageFor(Duration.ofMillis(1999), asker);

    TIME.timePasses(Duration.ofMillis(1));

    asker.expectMessage(new Gathered(List.of(ROW), 0, List.of(HERE)));
  }

  private ListFilters ask(Set<String> nodes) {
    KIT.spawn(
        Gathering.create(
            Set.of(adminAgent.getRef()),
            nodes,
            ListFilters::new,
            Gathering.TIMEOUT,
            asker.getRef(),
            VIEWS));
    return adminAgent.expectMessageClass(ListFilters.class);
  }
}
