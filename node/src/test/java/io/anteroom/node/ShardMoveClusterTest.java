// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.JUDGE;
import static io.anteroom.node.ClusterRig.PATIENCE;
import static io.anteroom.node.ClusterRig.count;
import static io.anteroom.node.ClusterRig.dns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.suspend.HandOvers;
import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.ParkingFilter;
import io.anteroom.node.testing.QueryLoad;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.FilterInstance;
import io.anteroom.protocol.sdk.FilterMetrics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

/** Shards that move while queries wait in them. */
final class ShardMoveClusterTest {
  private static final int PARKED = 10_000;
  private static final int FEWER = 2_000;
  private static final int HELD_BACK = 200;
  private static final Duration STEP = Duration.ofMillis(10);
  private static final int CREDITS = 100_000;
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        filters.judge {
          async-id = 7, timeout = 60s
          on-timeout = servfail, on-no-filter = refuse, on-overload = drop
          max-per-client = 100000, max-queued = 100000
        }
        upstreams.default { servers = ["127.0.0.1:1"] }
        filters.hanging { async-id = 9, timeout = 60s, on-no-filter = refuse }
        rules.query = [
          { match { suffix = ["hang.test"] }, action { suspend = hanging } }
          { match = all, action { suspend = judge } }
        ]
        admin = off
        cluster { port = 0, seeds = [%s] }
        loops = 1
        drain = 20s
      }
      """;

  private final ClusterRig rig = new ClusterRig();
  private final ParkingFilter filter = new ParkingFilter(Verdict.rcode(Rcode.NXDOMAIN));
  private final AtomicBoolean hanging = new AtomicBoolean();
  private final CountDownLatch hangsNoMore = new CountDownLatch(1);
  private Node first;
  private Node second;
  private ActorTestKit filters;

  @BeforeEach
  void start() throws Exception {
    first = rig.start(CONFIGURATION.formatted(""));
    second =
        rig.start(
            CONFIGURATION.formatted('"' + ClusterRig.seed(first) + '"'),
            Map.of("hanging", this::hang));
    filters = rig.filterSystem(first);
    spawn(filter);
    ClusterRig.awaitAvailable(first, JUDGE, true);
    ClusterRig.awaitAvailable(second, JUDGE, true);
  }

  @AfterEach
  void stop() {
    hangsNoMore.countDown();
    rig.close();
  }

  @Test
  void shard_movedUnderLoad_losesNoQueryAndNoVerdict() {
    try (QueryLoad parked = new QueryLoad(dns(first), "parked");
        QueryLoad running = new QueryLoad(dns(first), "running")) {
      park(parked, first, PARKED);
      awaitParked(PARKED);
      AtomicBoolean enough = new AtomicBoolean();
      CompletableFuture<Void> load = run(running, enough);

      int shard = localShards(first).get(0);
      Deque<SuspensionKey> inShard = parkedIn(shard);
      int parkedThere = inShard.size();
      HandOvers.move(first.system(), shard, address(second));
      // Some verdicts meet each step of the hand-over, and most of the shard's queries move.
      decideUntil(inShard, 1, () -> !first.localShards().contains(shard));
      decideUntil(inShard, 20, () -> second.localShards().contains(shard));
      decideUntil(inShard, 20, () -> inShard.size() < parkedThere / 4);
      enough.set(true);
      await().atMost(PATIENCE).until(load::isDone);
      decideUntil(parkedIn(-1), 20, () -> filter.waiting() == 0);

      awaitAnswers(parked);
      awaitAnswers(running);
      assertThat(parked.results()).isEqualTo(Map.of("NXDOMAIN", PARKED));
      assertThat(running.results()).isEqualTo(Map.of("NXDOMAIN", running.sent()));
      assertThat(count(first, JUDGE, SuspensionCounter.MOVED_OUT))
          .isBetween(parkedThere / 4L, (long) parkedThere);
      AtRest.assertAtRest(List.of(first, second));
    }
  }

  /**
   * Between BeginHandOff and HandOff the coordinator waits for all regions, and what comes in at
   * the old one meanwhile is dropped. Here one hangs, so that this lasts until much has come in.
   */
  @Test
  void shard_movedWhileANodeHangs_losesNothingOfWhatIsDropped() {
    try (QueryLoad parked = new QueryLoad(dns(first), "parked")) {
      park(parked, first, FEWER);
      awaitParked(FEWER);
      var hung = Dig.ask(dns(second), "www.hang.test");
      await().atMost(PATIENCE).until(hanging::get);

      HandOvers.move(first.system(), localShards(first).get(0), address(second));
      await()
          .atMost(PATIENCE)
          .pollInterval(STEP)
          .until(
              () -> {
                park(parked, first, 16);
                return parked.sent() - filter.waiting() >= HELD_BACK;
              });
      hangsNoMore.countDown();

      awaitParked(parked.sent());
      assertThat(first.counters().get(Counter.HAND_OVER_RESENT))
          .isGreaterThanOrEqualTo(HELD_BACK / 2);
      decideUntil(parkedIn(-1), 20, () -> filter.waiting() == 0);
      awaitAnswers(parked);
      assertThat(parked.results()).isEqualTo(Map.of("NXDOMAIN", parked.sent()));
      assertThat(Dig.result(hung)).isEqualTo("NXDOMAIN");
      AtRest.assertAtRest(List.of(first, second));
    }
  }

  @Test
  void node_thatLeaves_handsTheQueriesOfOthersOver_andTheyAreDecided() {
    try (QueryLoad parked = new QueryLoad(dns(first), "parked")) {
      park(parked, first, FEWER);
      awaitParked(FEWER);
      int shard = localShards(first).get(0);
      int there = parkedIn(shard).size();
      move(shard, first, second);

      ClusterRig.stop(second);

      decideUntil(parkedIn(-1), 20, () -> filter.waiting() == 0);
      awaitAnswers(parked);
      assertThat(parked.results()).isEqualTo(Map.of("NXDOMAIN", FEWER));
      assertThat(count(first, JUDGE, SuspensionCounter.MOVED_OUT)).isEqualTo(there);
      assertThat(count(first, JUDGE, SuspensionCounter.MOVED_IN)).isEqualTo(there);
      AtRest.assertAtRest(List.of(first, second));
    }
  }

  @Test
  void node_thatLeaves_waitsForItsOwnQueries_alsoOnOtherNodes() {
    try (QueryLoad parked = new QueryLoad(dns(second), "parked")) {
      park(parked, second, FEWER);
      awaitParked(FEWER);
      move(localShards(second).get(0), second, first);

      CompletableFuture<Void> stopped = second.stop().toCompletableFuture();
      decideUntil(parkedIn(-1), 20, () -> filter.waiting() == 0);
      awaitAnswers(parked);

      assertThat(parked.results()).isEqualTo(Map.of("NXDOMAIN", FEWER));
      await().atMost(PATIENCE).until(stopped::isDone);
      AtRest.assertAtRest(List.of(first, second));
    }
  }

  @Test
  void filterInstance_thatGoesUnderLoad_losesItsRequestsToTheOther() {
    ParkingFilter dying = new ParkingFilter(Verdict.rcode(Rcode.REFUSED));
    try (QueryLoad parked = new QueryLoad(dns(first), "parked");
        QueryLoad running = new QueryLoad(dns(first), "running")) {
      var instance = spawn(dying);
      await().atMost(PATIENCE).until(() -> isAsked(dying, parked, first));
      park(parked, first, FEWER);
      await().atMost(PATIENCE).until(() -> dying.waiting() + filter.waiting() == parked.sent());
      int lost = dying.waiting();
      AtomicBoolean enough = new AtomicBoolean();
      CompletableFuture<Void> load = run(running, enough);
      await().atMost(PATIENCE).until(() -> running.received() > 1_000);

      filters.stop(instance);

      awaitParked(parked.sent());
      enough.set(true);
      await().atMost(PATIENCE).until(load::isDone);
      decideUntil(parkedIn(-1), 20, () -> filter.waiting() == 0);
      awaitAnswers(parked);
      awaitAnswers(running);
      assertThat(parked.results()).isEqualTo(Map.of("NXDOMAIN", parked.sent()));
      assertThat(running.results().keySet()).isSubsetOf("NXDOMAIN", "REFUSED");
      assertThat(count(first, JUDGE, SuspensionCounter.REQUESTS_RESENT))
          .isGreaterThanOrEqualTo(lost);
      assertThat(count(first, JUDGE, SuspensionCounter.RESUMED))
          .isEqualTo(parked.sent() + running.sent());
      AtRest.assertAtRest(List.of(first, second));
    }
  }

  /** Blocks the thread that the sharding actors share with embedded filters. */
  private CompletionStage<Verdict> hang(FilterRequest request) {
    hanging.set(true);
    try {
      hangsNoMore.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return CompletableFuture.completedFuture(Verdict.rcode(Rcode.NXDOMAIN));
  }

  private ActorRef<ToInstance> spawn(Filter instance) {
    return filters.spawn(FilterInstance.create(JUDGE, instance, CREDITS, new FilterMetrics()));
  }

  /** Parks one more, and says whether this filter has been asked. */
  private static boolean isAsked(ParkingFilter filter, QueryLoad load, Node node) {
    park(load, node, 1);
    return filter.waiting() > 0;
  }

  private static CompletableFuture<Void> run(QueryLoad load, AtomicBoolean enough) {
    return CompletableFuture.runAsync(
        () -> {
          while (!enough.get()) {
            load.askNext();
          }
        });
  }

  private static void move(int shard, Node from, Node to) {
    HandOvers.move(from.system(), shard, address(to));
    await()
        .atMost(PATIENCE)
        .until(() -> !from.localShards().contains(shard) && to.localShards().contains(shard));
  }

  /** Asks for names that the filter parks, no faster than the node takes the queries. */
  private static void park(QueryLoad load, Node node, int n) {
    long before = count(node, JUDGE, SuspensionCounter.ACCEPTED);
    for (int i = 1; i <= n; i++) {
      load.ask();
      if (i % 200 == 0 || i == n) {
        long taken = before + i;
        await()
            .atMost(PATIENCE)
            .pollInterval(STEP)
            .until(() -> count(node, JUDGE, SuspensionCounter.ACCEPTED) == taken);
      }
    }
  }

  private void awaitParked(int n) {
    await().atMost(PATIENCE).until(() -> filter.waiting() == n);
  }

  /** The queries that wait in a shard; all if it is negative. */
  private Deque<SuspensionKey> parkedIn(int shard) {
    return filter.keys().stream()
        .filter(key -> shard < 0 || key.shard() == shard)
        .collect(Collectors.toCollection(ArrayDeque::new));
  }

  /** Has the filter decide about a few of these every 10 ms, until something is so. */
  private void decideUntil(Deque<SuspensionKey> keys, int atOnce, Callable<Boolean> condition) {
    await()
        .atMost(PATIENCE)
        .pollInterval(STEP)
        .until(
            () -> {
              for (int i = 0; i < atOnce && !keys.isEmpty(); i++) {
                filter.release(keys.remove());
              }
              return condition.call();
            });
  }

  private static void awaitAnswers(QueryLoad load) {
    await().atMost(PATIENCE).until(() -> load.received() >= load.sent());
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
