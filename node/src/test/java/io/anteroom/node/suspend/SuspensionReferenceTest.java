// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Responses;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

final class SuspensionReferenceTest {
  /** A group is available without a router. */
  private static final FilterSettings GROUP =
      new FilterSettings(
          "group",
          9,
          Duration.ofSeconds(1),
          Policy.CONTINUE,
          Policy.CONTINUE,
          Policy.CONTINUE,
          10,
          10,
          10,
          null,
          null,
          new GroupSettings(List.of("a", "b"), GroupSettings.Decide.ALL, 1));

  private final FilterService service = new FilterService(GROUP);
  private final Suspender suspender =
      new Suspender(
          new FilterServices(List.of(service)),
          1 << 20,
          new VerdictCache(0, System::nanoTime),
          new SecureRandom(),
          System::nanoTime);
  private final TestInbox<OriginCommand> listener = TestInbox.create("listener");
  private final TestInbox<OriginCommand> forwarder = TestInbox.create("forwarder");
  private final List<SuspensionCommand> told = new ArrayList<>();
  private final Suspensions suspensions = new Suspensions(suspender, listener.getRef());
  private boolean ended = true;

  private static RuleOutcome.Suspend suspend() {
    Client client = new Client(new InetSocketAddress("127.0.0.1", 4711), Transport.UDP, 0);
    Query query = Query.of(Responses.query("www.example"), client, Rules.NONE);
    return new RuleOutcome.Suspend(query, 9, 1, 0);
  }

  @Test
  void placeThatGivesNoReference_costsNothing_andIsAskedAgain() {
    LocalShards localShards = new LocalShards();
    localShards.add(0);
    suspender.suspendAt(
        new Place(
            localShards,
            told::add,
            origin -> {
              if (ended) {
                throw new IllegalStateException("the ActorSystem has ended");
              }
              return forwarder.getRef();
            }));

    assertThatThrownBy(() -> suspensions.suspend(suspend(), Stage.QUERY))
        .isInstanceOf(IllegalStateException.class);
    assertThat(service.limits().live()).isZero();
    assertThat(service.counters().get(SuspensionCounter.REQUESTED)).isZero();

    ended = false;
    assertThat(suspensions.suspend(suspend(), Stage.QUERY)).isEqualTo(Suspensions.Attempt.BEGUN);
    assertThat(((SuspensionCommand.Suspend) told.get(0)).state().origin())
        .isEqualTo(forwarder.getRef());
  }
}
