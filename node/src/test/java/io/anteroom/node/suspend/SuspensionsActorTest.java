// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Cases that are too rare for {@link SuspensionPropertyActorTest}. */
final class SuspensionsActorTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          StepScheduler.config()
              .withFallback(StepExecutor.config())
              .withFallback(ConfigFactory.load()));

  @AfterAll
  static void shutdown() {
    KIT.shutdownTestKit();
  }

  private static FilterSettings settings() {
    return new FilterSettings(
        "service",
        TwoNodes.SERVICE,
        Duration.ofMinutes(1),
        Policy.CONTINUE,
        Policy.CONTINUE,
        Policy.CONTINUE,
        100,
        100,
        100,
        null,
        null);
  }

  /** A query can come a second time while a delay or a policy on another thread holds the first. */
  @Test
  void equalQueries_areCountedAndEndedEach() {
    TwoNodes nodes = new TwoNodes(KIT, settings(), 1 << 20, 1);
    try {
      nodes.addInstance(10);
      Suspensions suspensions = nodes.suspensions();
      Query query = Queries.forName("www.example", 7, 40_000);
      for (int i = 0; i < 2; i++) {
        assertThat(
                suspensions.suspend(
                    new RuleOutcome.Suspend(query, TwoNodes.SERVICE, 1, 0), Stage.QUERY))
            .isEqualTo(Suspensions.Attempt.BEGUN);
      }
      assertThat(suspensions.live()).isEqualTo(2);

      SuspensionKey later = nodes.begun().get(1).key();
      suspensions.end(new Resumed(later, new NotDecided(Undecided.TIMEOUT)));

      assertThat(suspensions.live()).isEqualTo(1);
      assertThat(suspensions.endAll()).hasSize(1);
      assertThat(suspensions.live()).isZero();
    } finally {
      nodes.stop();
    }
  }

  /** Pekko would drop a message of that size, and the query would wait for nothing. */
  @Test
  void query_thatIsTooLargeForAMessage_isRefusedAtOnce() {
    TwoNodes nodes = new TwoNodes(KIT, settings(), 1 << 20, 1);
    try {
      nodes.addInstance(10);
      Map<String, String> tags = new HashMap<>();
      for (int i = 0; i < 200; i++) {
        tags.put("t" + i, "x".repeat(255));
      }
      Query query =
          Queries.forName("www.example", 7, 40_000).withTags(tags).withAnswer(new byte[65_535]);
      Operation operation = new Operation(Map.of("data", new byte[100_000]));
      Query waiting = query.withContinuation(Continuation.of(operation));

      assertThat(suspend(nodes, waiting)).isEqualTo(Suspensions.Attempt.TOO_LARGE);
      assertThat(nodes.suspensions().live()).isZero();
      assertThat(nodes.begun()).isEmpty();
      assertThat(suspend(nodes, query)).isEqualTo(Suspensions.Attempt.BEGUN);
    } finally {
      nodes.stop();
    }
  }

  private static Suspensions.Attempt suspend(TwoNodes nodes, Query query) {
    return nodes
        .suspensions()
        .suspend(new RuleOutcome.Suspend(query, TwoNodes.SERVICE, 1, 0), Stage.RESPONSE);
  }
}
