// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.SuspensionCounter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.sharding.ClusterSharding;
import org.apache.pekko.cluster.sharding.ShardRegion;
import org.apache.pekko.pattern.Patterns;

/**
 * What must be true of the nodes of a cluster when no query waits: each service's suspensions have
 * ended once, and nothing is left of them.
 */
final class AtRest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private AtRest() {}

  /**
   * Waits until all nodes are at rest. For each service, requested = accepted + refused, and
   * accepted = all endings, on each node; moved in = moved out, over all nodes. So DESIGN's sum
   * (accepted + moved in = endings + moved out + live, over all nodes) holds with nothing live.
   */
  static void assertAtRest(Collection<Node> nodes) {
    soon(
        () -> {
          assertSurvivorsAtRest(nodes);
          for (int service : nodes.iterator().next().services().keySet()) {
            assertThat(sum(nodes, service, SuspensionCounter.MOVED_IN))
                .as("moved in = moved out, of service %d", service)
                .isEqualTo(sum(nodes, service, SuspensionCounter.MOVED_OUT));
          }
        });
  }

  /** The same after others were killed, with what had moved there or from there. */
  static void assertSurvivorsAtRest(Collection<Node> nodes) {
    soon(() -> nodes.forEach(AtRest::assertEnded));
  }

  private static void soon(org.awaitility.core.ThrowingRunnable assertions) {
    await("at rest")
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(assertions);
  }

  private static void assertEnded(Node node) {
    node.services().values().forEach(AtRest::assertEnded);
    if (!node.whenTerminated().toCompletableFuture().isDone()) {
      assertThat(entities(node))
          .as("entities, other than local shards")
          .isEqualTo(node.localShards().size());
    }
  }

  private static void assertEnded(FilterService service) {
    String name = service.settings().name();
    long accepted = service.counters().get(SuspensionCounter.ACCEPTED);
    assertThat(service.counters().get(SuspensionCounter.REQUESTED))
        .as("%s: requested = accepted + refused", name)
        .isEqualTo(accepted + refused(service));
    assertThat(accepted).as("%s: accepted = all that ended", name).isEqualTo(ended(service));
  }

  private static long refused(FilterService service) {
    return sum(
        service,
        SuspensionCounter.REFUSED_NO_FILTER,
        SuspensionCounter.REFUSED_NO_HOME,
        SuspensionCounter.REFUSED_LIMIT,
        SuspensionCounter.REFUSED_CLIENT_LIMIT,
        SuspensionCounter.REFUSED_MEMORY,
        SuspensionCounter.REFUSED_BREAKER,
        SuspensionCounter.REFUSED_TOO_LARGE,
        SuspensionCounter.REFUSED_TOO_OFTEN);
  }

  private static long ended(FilterService service) {
    return sum(
        service,
        SuspensionCounter.RESUMED,
        SuspensionCounter.DROPPED,
        SuspensionCounter.TIMED_OUT,
        SuspensionCounter.WITHDRAWN,
        SuspensionCounter.CLIENT_GONE,
        SuspensionCounter.NOT_NEEDED,
        SuspensionCounter.LOST);
  }

  private static long sum(FilterService service, SuspensionCounter... counters) {
    long sum = 0;
    for (SuspensionCounter counter : counters) {
      sum += service.counters().get(counter);
    }
    return sum;
  }

  private static long sum(Collection<Node> nodes, int service, SuspensionCounter counter) {
    return nodes.stream().mapToLong(n -> n.services().get(service).counters().get(counter)).sum();
  }

  /** How many entities live on a node, local shards among them. */
  private static int entities(Node node) {
    ActorRef region =
        ClusterSharding.get(Adapter.toClassic(node.system())).shardRegion("suspended-query");
    CompletionStage<Object> stats =
        Patterns.ask(region, ShardRegion.getRegionStatsInstance(), PATIENCE);
    try {
      var perShard =
          ((ShardRegion.ShardRegionStats)
                  stats.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
              .getStats();
      return perShard.values().stream().mapToInt(n -> (Integer) n).sum();
    } catch (Exception e) {
      throw new AssertionError("the region does not answer", e);
    }
  }
}
