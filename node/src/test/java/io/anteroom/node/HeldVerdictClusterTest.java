// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.FilterInstance;
import io.anteroom.protocol.sdk.Invalidator;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Verdicts that hold, of a filter that is a member of its own. */
final class HeldVerdictClusterTest {
  private static final String NAME = "held.anteroom.test";
  private static final int JUDGE = ClusterRig.JUDGE;

  private final ClusterRig rig = new ClusterRig();
  private final Judge judge = new Judge();

  /** Says NXDOMAIN, for everyone and an hour, when the test lets it. */
  private static final class Judge implements Filter {
    final List<CompletableFuture<Verdict>> asked = new CopyOnWriteArrayList<>();
    volatile boolean waits;
    volatile Invalidator invalidator;

    @Override
    public void start(Invalidator given) {
      invalidator = given;
    }

    @Override
    public CompletionStage<Verdict> decide(FilterRequest request) {
      CompletableFuture<Verdict> stage = new CompletableFuture<>();
      asked.add(stage);
      if (!waits) {
        decide(stage);
      }
      return stage;
    }

    void decide(CompletableFuture<Verdict> stage) {
      stage.complete(Verdict.rcode(Rcode.NXDOMAIN).holdsFor(Duration.ofHours(1)).forEveryone());
    }
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private ActorTestKit filterOf(Node... nodes) {
    ActorTestKit filters = rig.filterSystem(nodes[0]);
    filters.spawn(FilterInstance.create(JUDGE, judge));
    for (Node node : nodes) {
      ClusterRig.awaitAvailable(node, JUDGE, true);
    }
    return filters;
  }

  private static int ask(Node node) {
    try (UdpClient client = new UdpClient("127.0.0.1", ClusterRig.dns(node))) {
      return client.ask(query(1, NAME, Type.A)).getRcode();
    }
  }

  private static long hits(Node node) {
    return ClusterRig.count(node, JUDGE, SuspensionCounter.VERDICT_CACHE_HITS);
  }

  @Test
  void heldVerdict_isGivenThoughItsFilterHasGone() throws Exception {
    Node node = rig.node();
    ActorTestKit filters = filterOf(node);
    assertThat(ask(node)).isEqualTo(Rcode.NXDOMAIN);

    filters.shutdownTestKit();
    ClusterRig.awaitAvailable(node, JUDGE, false);

    assertThat(ask(node)).isEqualTo(Rcode.NXDOMAIN);
    assertThat(hits(node)).isEqualTo(1);
  }

  @Test
  void invalidation_ofAFilterElsewhere_isForAllNodes() throws Exception {
    Node one = rig.node();
    Node two = rig.node(one);
    filterOf(one, two);
    ask(one);
    ask(two);

    judge.invalidator.invalidate(NAME);

    for (Node node : List.of(one, two)) {
      await()
          .atMost(ClusterRig.PATIENCE)
          .until(() -> node.counters().get(Counter.VERDICT_CACHE_PURGED) == 1);
      assertThat(ask(node)).isEqualTo(Rcode.NXDOMAIN);
      assertThat(hits(node)).isZero();
    }
    assertThat(judge.asked).hasSize(4);
  }

  @Test
  void verdict_askedForBeforeAnInvalidation_isGivenButNotKept() throws Exception {
    Node node = rig.node();
    filterOf(node);
    judge.waits = true;
    try (UdpClient client = new UdpClient("127.0.0.1", ClusterRig.dns(node))) {
      byte[] query = query(1, NAME, Type.A);
      client.send(query);
      await().until(() -> judge.asked.size() == 1);
      judge.invalidator.invalidateAll();
      await()
          .atMost(ClusterRig.PATIENCE)
          .until(() -> node.counters().get(Counter.CACHE_PURGES) == 1);
      judge.decide(judge.asked.get(0));
      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
    judge.waits = false;

    assertThat(ask(node)).isEqualTo(Rcode.NXDOMAIN);
    assertThat(ask(node)).isEqualTo(Rcode.NXDOMAIN);
    assertThat(judge.asked).hasSize(2);
    assertThat(hits(node)).isEqualTo(1);
  }
}
