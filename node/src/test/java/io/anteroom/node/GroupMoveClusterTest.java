// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.PATIENCE;
import static io.anteroom.node.ClusterRig.count;
import static io.anteroom.node.ClusterRig.dns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.suspend.HandOvers;
import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestFilter.Held;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/** A query that waits for a group moves to another node. */
final class GroupMoveClusterTest {
  private static final int A = 1;
  private static final int B = 2;
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        upstreams.default { servers = ["127.0.0.1:1"] }
        filters.a { async-id = 1, timeout = 60s, on-timeout = servfail, on-no-filter = servfail }
        filters.b { async-id = 2, timeout = 60s, on-timeout = servfail, on-no-filter = servfail }
        filters.guard { async-id = 9, timeout = 60s, members = [a, b], decide = all }
        rules.query = [ { match = all, action { suspend = guard } } ]
        admin = off
        cluster { port = 0, seeds = [%s] }
        loops = 1
        drain = 20s
      }
      """;

  private final ClusterRig rig = new ClusterRig();
  private final TestFilter a = new TestFilter();
  private final TestFilter b = new TestFilter();
  private final Map<String, Filter> filters = Map.of("a", a, "b", b);

  @AfterEach
  void stop() {
    rig.close();
  }

  @Test
  void queryThatMoves_hasAllMembersAskedAgain_andIsDecidedOnce() throws Exception {
    Node first = rig.start(CONFIGURATION.formatted(""), filters);
    CompletableFuture<Message> asked = Dig.ask(dns(first), "www.example");
    Held before = a.next();
    b.next();
    before.decide(Verdict.proceed());
    await().atMost(PATIENCE).until(() -> count(first, A, SuspensionCounter.RESUMED) == 1);

    Node second = rig.start(CONFIGURATION.formatted('"' + ClusterRig.seed(first) + '"'), filters);
    ClusterRig.awaitAvailable(second, A, true);
    ClusterRig.awaitAvailable(second, B, true);
    HandOvers.move(
        first.system(),
        before.request().key().shard(),
        Cluster.get(second.system()).selfMember().address());

    Held after = a.next();
    assertThat(after.request().key()).isEqualTo(before.request().key());
    assertThat(count(first, B, SuspensionCounter.NOT_NEEDED)).isEqualTo(1);
    after.decide(Verdict.proceed());
    b.next().decide(Verdict.rcode(Rcode.NXDOMAIN));
    assertThat(Dig.result(asked)).isEqualTo("NXDOMAIN");
    assertThat(count(second, A, SuspensionCounter.RESUMED)).isEqualTo(1);
    AtRest.assertAtRest(List.of(first, second));
  }
}
