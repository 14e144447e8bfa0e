// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.awaitility.Awaitility.await;

import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.MemberConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.JoinSeedNodes;

/**
 * Members of a cluster in one JVM, each an ActorSystem of its own: nodes that have every query
 * decided by the service {@code judge}, those below brief.anteroom.test by {@code brief}, and
 * members that only filter. What no filter decides is SERVFAIL after the timeout and REFUSED
 * without a filter, so that a test sees which it was.
 */
final class ClusterRig implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(3);
  static final int JUDGE = 7;
  static final int BRIEF = 8;

  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        upstreams.default { servers = ["127.0.0.1:1"] }
        filters.judge {
          async-id = 7, timeout = 30s, on-timeout = servfail, on-no-filter = refuse
        }
        filters.brief {
          async-id = 8, timeout = 300ms, on-timeout = servfail, on-no-filter = refuse
        }
        rules.query = [
          { match { suffix = ["brief.anteroom.test"] }, action { suspend = brief } }
          { match = all, action { suspend = judge } }
        ]
        zones = [ { origin = "anteroom.test" } ]
        cluster { port = %d, seeds = [%s] }
        admin = off
        loops = 1
        drain = 1s
      }
      """;

  private final Deque<Runnable> open = new ArrayDeque<>();

  /** A node that is ready, in a cluster with these or in one of its own. */
  Node node(Node... others) throws Exception {
    return node(0, others);
  }

  Node node(int clusterPort, Node... others) throws Exception {
    String seeds =
        Arrays.stream(others).map(n -> '"' + seed(n) + '"').collect(Collectors.joining(","));
    return start(CONFIGURATION.formatted(clusterPort, seeds));
  }

  /** A node with another configuration that is ready. */
  Node start(String configuration) throws Exception {
    return start(configuration, Map.of());
  }

  /** The same with filters in it. */
  Node start(String configuration, Map<String, Filter> embedded) throws Exception {
    return start(NodeConfiguration.parse(configuration), embedded);
  }

  /** The same with a configuration that is not a text. */
  Node start(NodeConfiguration configuration) throws Exception {
    return start(configuration, Map.of());
  }

  private Node start(NodeConfiguration configuration, Map<String, Filter> embedded)
      throws Exception {
    Node node = Node.start(configuration, embedded);
    open.push(() -> stop(node));
    awaitReady(node);
    return node;
  }

  static void stop(Node node) {
    await().atMost(PATIENCE).until(node.stop().toCompletableFuture()::isDone);
  }

  private static void awaitReady(Node node) {
    await().atMost(PATIENCE).until(node.whenReady().toCompletableFuture()::isDone);
  }

  /** An ActorSystem of the role filter, joined. */
  ActorTestKit filterSystem(Node node) {
    ActorTestKit kit =
        ActorTestKit.create(
            FilterKeys.SYSTEM,
            MemberConfig.config("127.0.0.1", 0, FilterKeys.FILTER_ROLE, false, null));
    open.push(kit::shutdownTestKit);
    Cluster cluster = Cluster.get(kit.system());
    cluster.manager().tell(new JoinSeedNodes(MemberConfig.seeds(List.of(seed(node)))));
    await().atMost(PATIENCE).until(() -> cluster.selfMember().status() == MemberStatus.up());
    return kit;
  }

  /** What others join. */
  static String seed(Node node) {
    return "127.0.0.1:" + clusterPort(node.system());
  }

  static int clusterPort(ActorSystem<?> system) {
    return Cluster.get(system).selfMember().address().getPort().orElseThrow();
  }

  static InetSocketAddress dns(Node node) {
    return node.listening().get(0).address();
  }

  /** Waits until this node can have queries decided by the service, or no longer can. */
  static void awaitAvailable(Node node, int asyncId, boolean available) {
    await().atMost(PATIENCE).until(() -> service(node, asyncId).isAvailable() == available);
  }

  static void awaitMembers(Node node, int members) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                StreamSupport.stream(
                            Cluster.get(node.system()).state().getMembers().spliterator(), false)
                        .filter(member -> member.status() == MemberStatus.up())
                        .count()
                    == members);
  }

  static FilterService service(Node node, int asyncId) {
    return node.services().get(asyncId);
  }

  static long count(Node node, int asyncId, SuspensionCounter counter) {
    return service(node, asyncId).counters().get(counter);
  }

  /** Adds what ends in one place: all suspensions that began here, when none is live. */
  static long ended(Node node, int asyncId) {
    return count(node, asyncId, SuspensionCounter.RESUMED)
        + count(node, asyncId, SuspensionCounter.DROPPED)
        + count(node, asyncId, SuspensionCounter.TIMED_OUT)
        + count(node, asyncId, SuspensionCounter.WITHDRAWN)
        + count(node, asyncId, SuspensionCounter.CLIENT_GONE)
        + count(node, asyncId, SuspensionCounter.LOST);
  }

  /** Something to be done before what is open already is closed. */
  void atEnd(Runnable close) {
    open.push(close);
  }

  @Override
  public void close() {
    // One that does not end must not leave others open.
    if (!open.isEmpty()) {
      try {
        open.pop().run();
      } finally {
        close();
      }
    }
  }
}
