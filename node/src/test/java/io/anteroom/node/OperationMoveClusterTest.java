// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.PATIENCE;
import static io.anteroom.node.ClusterRig.count;
import static io.anteroom.node.ClusterRig.dns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.suspend.HandOvers;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.PlayedPolicies;
import io.anteroom.node.testing.QueryLoad;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.SuspensionKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;

/** Shards that move while policies wait for operations in them. */
final class OperationMoveClusterTest {
  private static final int LOOKUPS = 7;
  private static final int MANY = 600;
  private static final int SHARDS = 8;

  /** A lookup sends one datagram, and waits for its answer for as long as the test needs. */
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        upstreams.default {
          servers = ["127.0.0.1:%d"], timeout = 1m, max-timeout = 1m, tries = 1, deadline = 1m
        }
        operations.lookups {
          async-id = 7, timeout = 5m, max-per-client = 100000, resolve { max-lookups = 10000 }
        }
        rules.query = [ { match = all, action { policy = lookup } } ]
        admin = off
        cluster { port = 0, seeds = [%s] }
        loops = 1
        drain = 20s
      }
      """;

  @TempDir private static Path directory;

  private final ClusterRig rig = new ClusterRig();
  private final ScriptedServer server = ScriptedServer.start(query -> {});
  private Node first;
  private Node second;

  /** Looks the name of the query up, and answers with NXDOMAIN if all is as it was before. */
  private static RuleOutcome lookUp(PolicyCall call) {
    String name = call.query().wire().name().toString();
    OperationResult result = call.result();
    if (result == null) {
      Map<String, Object> arguments = Map.of("name", name, "type", "A");
      return PlayedPolicies.await(call, LOOKUPS, arguments, Map.of("name", name), null);
    }
    Continuation from = call.query().continuation();
    boolean same =
        from.program() == call.program()
            && from.route().equals("done")
            && from.variables().equals(Map.of("name", name))
            && isFound(result, name);
    return PlayedPolicies.rcode(call, same ? Rcode.NXDOMAIN : Rcode.SERVFAIL);
  }

  private static boolean isFound(OperationResult result, String name) {
    return result.code() == ResultCode.DONE
        && result.outputs().get("answers") instanceof List<?> answers
        && answers.size() == 1
        && answers.get(0) instanceof Map<?, ?> answer
        && Asked.addressOf(name).getHostAddress().equals(answer.get("data"));
  }

  @BeforeEach
  void start() throws Exception {
    first = start("");
    second = start('"' + ClusterRig.seed(first) + '"');
    ClusterRig.awaitMembers(first, 2);
    await().atMost(PATIENCE).until(() -> second.localShards().size() >= SHARDS);
  }

  private Node start(String seeds) throws Exception {
    return rig.start(
        PlayedPolicies.configuration(
            CONFIGURATION.formatted(server.address().getPort(), seeds),
            directory,
            PlayedPolicies.policy("lookup", OperationMoveClusterTest::lookUp)));
  }

  @AfterEach
  void stop() {
    rig.close();
    server.close();
  }

  @Test
  void shard_movedWithOperationsInFlight_hasThemStartedAgain_andEveryPolicyGoesOn() {
    try (QueryLoad load = new QueryLoad(dns(first), "waiting")) {
      ask(load, MANY);
      awaitLookups(MANY);

      List<Integer> shards = localShards(first).subList(0, SHARDS);
      shards.forEach(shard -> HandOvers.move(first.system(), shard, address(second)));
      await()
          .atMost(PATIENCE)
          .until(() -> shards.stream().allMatch(second.localShards()::contains));
      int moved = (int) count(first, LOOKUPS, SuspensionCounter.MOVED_OUT);
      assertThat(moved).isPositive();
      awaitLookups(MANY + moved);

      assertThat(count(second, LOOKUPS, SuspensionCounter.MOVED_IN)).isEqualTo(moved);
      assertThat(count(first, LOOKUPS, SuspensionCounter.OPERATIONS_CANCELLED)).isEqualTo(moved);
      answerAll(load);
      assertThat(count(first, LOOKUPS, SuspensionCounter.RESUMED)).isEqualTo(MANY);
      assertThat(count(first, LOOKUPS, SuspensionCounter.VERDICTS_REJECTED)).isZero();
      AtRest.assertAtRest(List.of(first, second));
    }
  }

  @Test
  void node_thatLeaves_handsOperationsOver_andTheyAreStartedAgain() {
    try (QueryLoad load = new QueryLoad(dns(first), "waiting")) {
      ask(load, MANY);
      awaitLookups(MANY);
      int shard = localShards(first).get(0);
      HandOvers.move(first.system(), shard, address(second));
      await().atMost(PATIENCE).until(() -> second.localShards().contains(shard));
      int moved = (int) count(first, LOOKUPS, SuspensionCounter.MOVED_OUT);
      awaitLookups(MANY + moved);

      ClusterRig.stop(second);
      awaitLookups(MANY + 2 * moved);

      answerAll(load);
      assertThat(count(first, LOOKUPS, SuspensionCounter.MOVED_IN)).isEqualTo(moved);
      assertThat(count(first, LOOKUPS, SuspensionCounter.RESUMED)).isEqualTo(MANY);
      AtRest.assertAtRest(List.of(first, second));
    }
  }

  private void ask(QueryLoad load, int n) {
    for (int i = 1; i <= n; i++) {
      load.ask();
      if (i % 100 == 0) {
        int taken = i;
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(10))
            .until(() -> count(first, LOOKUPS, SuspensionCounter.ACCEPTED) == taken);
      }
    }
  }

  private void awaitLookups(int n) {
    await().atMost(PATIENCE).until(() -> server.queries().size() == n);
  }

  /** Answers all lookups, those of queries that have moved since included. */
  private void answerAll(QueryLoad load) {
    server.queries().forEach(Asked::answer);
    await().atMost(PATIENCE).until(() -> load.received() >= load.sent());
    assertThat(load.results()).isEqualTo(Map.of("NXDOMAIN", load.sent()));
  }

  private static List<Integer> localShards(Node node) {
    return IntStream.range(0, SuspensionKey.SHARDS)
        .filter(node.localShards()::contains)
        .boxed()
        .toList();
  }

  private static org.apache.pekko.actor.Address address(Node node) {
    return Cluster.get(node.system()).selfMember().address();
  }
}
