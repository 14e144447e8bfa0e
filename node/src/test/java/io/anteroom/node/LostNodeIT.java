// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.JUDGE;
import static io.anteroom.node.ClusterRig.count;
import static io.anteroom.node.ClusterRig.dns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.suspend.HandOvers;
import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.ParkingFilter;
import io.anteroom.node.testing.Program;
import io.anteroom.node.testing.ProgramOutput;
import io.anteroom.node.testing.QueryLoad;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.pekko.actor.Address;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;

/**
 * A node that loses another: one that was killed, or one that has been stopped by a signal and says
 * nothing, as if the network between them were cut.
 *
 * <p>Of two nodes the one with the lower port stays in the cluster; that is the one in this JVM.
 */
@ExtendWith(ProgramOutput.class)
final class LostNodeIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int BLOCKLIST = 1;
  private static final int QUERIES = 1_000;
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        filters.judge {
          async-id = 7, timeout = 30s, max-per-client = 100000
          on-timeout = servfail, on-no-filter = refuse
        }
        filters.blocklist {
          async-id = 1, timeout = 1s, on-timeout = servfail, on-no-filter = refuse
        }
        upstreams.default { servers = ["127.0.0.1:1"] }
        rules.query = [
          { match { suffix = ["anteroom.test"] }, action { suspend = blocklist } }
          { match = all, action { suspend = judge } }
        ]
        zones = [ { origin = "anteroom.test" } ]
        admin = off
        cluster { port = %d, seeds = [%s] }
        loops = 1
        drain = 1s
        %s
      }
      """;

  @TempDir private Path directory;
  private final ClusterRig rig = new ClusterRig();
  private final ParkingFilter filter = new ParkingFilter(Verdict.rcode(Rcode.NXDOMAIN));
  private final int ports = FreePorts.inARow(2);
  private Node node;
  private Program other;

  @AfterEach
  void stop() {
    // A node that ends beside one that is silent has to give up several things in turn.
    if (other != null) {
      other.close();
    }
    rig.close();
  }

  @Test
  void node_killed_withQueriesThatHadMovedThere_theirOriginEndsThem() throws Exception {
    node = rig.start(CONFIGURATION.formatted(ports, "", ""), Map.of("judge", filter));
    startOther(seed(ports), "");
    try (QueryLoad parked = new QueryLoad(dns(node), "parked");
        QueryLoad running = new QueryLoad(dns(node), "running")) {
      int there = parkAndMoveSome(parked);
      AtomicBoolean enough = new AtomicBoolean();
      CompletableFuture<Void> load = run(running, enough);

      other.kill();

      filter.release(QUERIES);
      awaitAll(parked);
      assertThat(parked.results())
          .isEqualTo(Map.of("NXDOMAIN", QUERIES - there, "SERVFAIL", there));
      assertThat(count(node, JUDGE, SuspensionCounter.LOST)).isEqualTo(there);
      ClusterRig.awaitMembers(node, 1);
      enough.set(true);
      await().atMost(PATIENCE).until(load::isDone);
      awaitAll(running);
      assertThat(running.results()).isEqualTo(Map.of("NXDOMAIN", running.sent()));
      AtRest.assertSurvivorsAtRest(List.of(node));
    }
  }

  @Test
  void node_silent_withQueriesThatHadMovedThere_theirOriginEndsThem_andItComesBack()
      throws Exception {
    node = rig.start(CONFIGURATION.formatted(ports, "", ""), Map.of("judge", filter));
    startOther(seed(ports), "");
    try (QueryLoad parked = new QueryLoad(dns(node), "parked")) {
      int there = parkAndMoveSome(parked);

      other.signal("STOP");

      filter.release(QUERIES);
      awaitAll(parked);
      assertThat(parked.results())
          .isEqualTo(Map.of("NXDOMAIN", QUERIES - there, "SERVFAIL", there));
      ClusterRig.awaitMembers(node, 1);
      other.signal("CONT");
      ClusterRig.awaitMembers(node, 2);
      AtRest.assertSurvivorsAtRest(List.of(node));
    }
  }

  /** The other node is the older one, so that it has the shard coordinator. */
  @Test
  void node_cutOffFromTheCoordinator_goesOnToSuspend() throws Exception {
    startOther("", "");
    node = rig.start(CONFIGURATION.formatted(ports, seed(ports + 1), ""), Map.of("judge", filter));
    try (QueryLoad running = new QueryLoad(dns(node), "running")) {
      AtomicBoolean enough = new AtomicBoolean();
      CompletableFuture<Void> load = run(running, enough);
      await().atMost(PATIENCE).until(() -> running.received() > QUERIES);

      other.signal("STOP");

      int before = running.received();
      await().atMost(PATIENCE).until(() -> running.received() > before + QUERIES);
      ClusterRig.awaitMembers(node, 1);
      int after = running.received();
      await().atMost(PATIENCE).until(() -> running.received() > after + QUERIES);
      enough.set(true);
      await().atMost(PATIENCE).until(load::isDone);
      awaitAll(running);
      assertThat(running.results()).isEqualTo(Map.of("NXDOMAIN", running.sent()));
      AtRest.assertSurvivorsAtRest(List.of(node));
    }
  }

  @Test
  void node_cutOffFromItsFilter_serves_andItsPolicyDecides() throws Exception {
    startOther("", "embedded-blocklist = on");
    node = rig.start(CONFIGURATION.formatted(ports, seed(ports + 1), ""), Map.of("judge", filter));
    ClusterRig.awaitAvailable(node, BLOCKLIST, true);
    assertThat(ask()).isEqualTo("REFUSED EDE 15");

    other.signal("STOP");

    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String result = ask();
              assertThat(result).isIn("SERVFAIL EDE 14", "REFUSED EDE 14");
              return result.equals("REFUSED EDE 14");
            });
    AtRest.assertSurvivorsAtRest(List.of(node));
  }

  private String ask() {
    return Dig.result(Dig.ask(dns(node), "blocked.anteroom.test"));
  }

  private void startOther(String seeds, String more) throws Exception {
    Path file = directory.resolve("other.conf");
    Files.writeString(file, CONFIGURATION.formatted(ports + 1, seeds, more));
    other = Program.anteroom("run", "--config", file.toString(), "--end-with-stdin");
    other.awaitLine("ready: ");
  }

  /** Has queries wait, and the shard of some of them move; says how many. */
  private int parkAndMoveSome(QueryLoad load) {
    for (int i = 1; i <= QUERIES; i++) {
      load.ask();
      if (i % 100 == 0) {
        int taken = i;
        await().atMost(PATIENCE).until(() -> filter.waiting() == taken);
      }
    }
    int shard =
        IntStream.range(0, SuspensionKey.SHARDS)
            .filter(node.localShards()::contains)
            .findFirst()
            .orElseThrow();
    List<SuspensionKey> there = filter.keys().stream().filter(key -> key.shard() == shard).toList();
    HandOvers.move(
        node.system(), shard, new Address("pekko", FilterKeys.SYSTEM, "127.0.0.1", ports + 1));
    // They are there when the other node asks about them.
    await().atMost(PATIENCE).until(() -> filter.askedAgain() == there.size());
    return there.size();
  }

  private static CompletableFuture<Void> run(QueryLoad load, AtomicBoolean enough) {
    return CompletableFuture.runAsync(
        () -> {
          while (!enough.get()) {
            load.askNext();
          }
        });
  }

  private static void awaitAll(QueryLoad load) {
    await().atMost(PATIENCE).until(() -> load.received() >= load.sent());
  }

  private static String seed(int port) {
    return "\"127.0.0.1:%d\"".formatted(port);
  }
}
