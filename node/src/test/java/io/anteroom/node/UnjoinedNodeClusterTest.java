// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

/** A node whose cluster is not there serves, decides nothing by filter, and ends when told to. */
final class UnjoinedNodeClusterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int JUDGE = 7;
  private static final String CONFIGURATION =
      """
      filters.judge { async-id = 7, timeout = 30s, on-timeout = servfail, on-no-filter = %s }
      upstreams.default { servers = ["127.0.0.1:1"] }
      rules.query = [ { match = all, action { suspend = judge } } ]
      zones = [ { origin = "anteroom.test" } ]
      cluster.seeds = ["127.0.0.1:%d"]
      """;

  private final int seed = FreePorts.inARow(1);
  private Node node;

  @AfterEach
  void stop() {
    CompletableFuture<Void> stopped = node.stop().toCompletableFuture();
    await().atMost(PATIENCE).until(stopped::isDone);
  }

  @Test
  void queries_areAnswered_asIfThereWereNoFilter() throws Exception {
    start("continue");
    for (int i = 0; i < 100; i++) {
      assertThat(Dig.result(Dig.ask(ClusterRig.dns(node), "www.anteroom.test")))
          .isEqualTo("NOERROR 192.0.2.80");
    }
    assertThat(ClusterRig.count(node, JUDGE, SuspensionCounter.ACCEPTED)).isZero();
    assertThat(node.whenReady().toCompletableFuture()).isNotDone();
  }

  @Test
  void queries_areRefused_ifThatIsThePolicyWithoutFilter() throws Exception {
    start("refuse");
    assertThat(Dig.result(Dig.ask(ClusterRig.dns(node), "www.anteroom.test")))
        .isEqualTo("REFUSED EDE 14");
    assertThat(ClusterRig.count(node, JUDGE, SuspensionCounter.REQUESTED)).isEqualTo(1);
    assertThat(ClusterRig.count(node, JUDGE, SuspensionCounter.ACCEPTED)).isZero();
  }

  @Test
  void seed_thatComesLater_isJoined_andFiltersDecide() throws Exception {
    start("refuse");
    try (TestNode later = TestNode.start("cluster.port = " + seed, Map.of())) {
      await().atMost(PATIENCE).until(node.whenReady().toCompletableFuture()::isDone);
      assertThat(Dig.result(Dig.ask(ClusterRig.dns(node), "www.anteroom.test")))
          .isEqualTo("NXDOMAIN");
      ClusterRig.awaitMembers(later.node(), 2);
    }
  }

  private void start(String onNoFilter) throws Exception {
    node =
        Node.start(
            TestNode.configuration(CONFIGURATION.formatted(onNoFilter, seed)),
            Map.of(
                "judge",
                request -> CompletableFuture.completedFuture(Verdict.rcode(Rcode.NXDOMAIN))));
  }
}
