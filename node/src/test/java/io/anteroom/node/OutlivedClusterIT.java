// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.Program;
import io.anteroom.node.testing.ProgramOutput;
import io.anteroom.node.testing.QueryLoad;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes, each in a process of its own, of which some die, are paused or come back: those that live
 * go on. Those that have the filter in them decide everything; those that have not need another.
 */
@ExtendWith(ProgramOutput.class)
final class OutlivedClusterIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int QUERIES = 300;
  private static final String DECIDED = "NXDOMAIN";
  private static final String NO_FILTER = "REFUSED EDE 14";
  private static final String TIMED_OUT = "SERVFAIL EDE 14";
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:%d" } ]
        filters.blocklist {
          async-id = 1, timeout = 2s, breaker = off
          on-timeout = servfail, on-no-filter = refuse
        }
        embedded-blocklist = %s
        upstreams.default { servers = ["127.0.0.1:1"] }
        rules.query = [
          { match = all, action { suspend = blocklist } }
          { match = all, action { rcode = nxdomain } }
        ]
        admin = off
        cluster { port = %d, seeds = [%s] }
        loops = 1
        drain = 1s
      }
      """;

  @TempDir private Path directory;
  private final int ports = FreePorts.inARow(6);
  private final Program[] nodes = new Program[3];
  private int count;

  @AfterEach
  void stop() {
    for (Program program : nodes) {
      if (program != null) {
        program.close();
      }
    }
  }

  @Test
  void lowestOfTwo_isKilled_theOtherDecidesOn_andTakesItBack() throws IOException {
    start(2, true, true);
    try (QueryLoad load = new QueryLoad(dns(1), "two")) {
      ask(load);
      nodes[0].kill();
      ask(load);
      awaitAnswers(load);
      awaitDecided(1);

      start(0, false);

      awaitResult(0, "back.load.test", DECIDED);
      awaitDecided(1);
      assertThat(nodes[1].handle().isAlive()).isTrue();
    }
  }

  @Test
  void twoOfThree_areKilled_theThirdDecidesOn_andTakesThemBack() throws IOException {
    start(3, true, true, true);
    try (QueryLoad load = new QueryLoad(dns(2), "three")) {
      ask(load);
      nodes[0].kill();
      nodes[1].kill();
      ask(load);
      awaitAnswers(load);
      awaitDecided(2);

      start(0, false);
      start(1, false);

      awaitResult(0, "back.load.test", DECIDED);
      awaitResult(1, "back.load.test", DECIDED);
      awaitDecided(2);
    }
  }

  @Test
  void nodeWithTheFilter_isKilled_theOtherGoesOnWithoutOne() throws IOException {
    start(2, true, false);
    awaitResult(1, "before.load.test", DECIDED);

    nodes[0].kill();

    awaitResult(1, "after.load.test", NO_FILTER);
    start(0, true);
    awaitResult(1, "again.load.test", DECIDED);
  }

  @Test
  void pausedNode_servesAgain_inTheSameCluster() throws IOException {
    start(2, true, false);
    awaitResult(1, "before.load.test", DECIDED);

    nodes[1].signal("STOP");
    // Its peer must have taken it for dead, which takes longer than ten seconds.
    nodes[0].awaitLine("is taken for dead");
    nodes[1].signal("CONT");

    awaitResult(1, "after.load.test", DECIDED);
    assertThat(nodes[1].handle().isAlive()).isTrue();
  }

  @Test
  void seedsThatAreThere_beginACluster_withoutTheFirst_whichJoinsLater() throws IOException {
    count = 3;
    start(1, true);
    start(2, false);
    awaitResult(2, "two.load.test", DECIDED);
    assertThat(nodes[1].lines()).anyMatch(line -> line.contains("127.0.0.1:" + (ports + 3)));

    start(0, false);

    awaitResult(0, "first.load.test", DECIDED);
  }

  private void start(int all, boolean... filters) throws IOException {
    count = all;
    for (int i = 0; i < all; i++) {
      start(i, filters[i]);
    }
    for (int i = 0; i < all; i++) {
      awaitResult(i, "start.load.test", DECIDED);
    }
  }

  private void start(int number, boolean filter) throws IOException {
    StringBuilder seeds = new StringBuilder();
    for (int i = 0; i < count; i++) {
      seeds.append("\"127.0.0.1:").append(ports + 3 + i).append("\" ");
    }
    Path file = directory.resolve("node-" + number + ".conf");
    Files.writeString(
        file,
        CONFIGURATION.formatted(
            ports + number,
            filter ? "on" : "off",
            ports + 3 + number,
            seeds.toString().trim().replace(' ', ',')));
    nodes[number] =
        Program.anteroom("run", "--config", file.toString(), "--end-with-stdin")
            .awaitLine("ready: ");
  }

  /** Asks so many, no faster than they are answered. */
  private static void ask(QueryLoad load) {
    for (int i = 0; i < QUERIES; i++) {
      load.askNext();
    }
  }

  /** All are answered; what a filter that has died was asked last was not decided. */
  private static void awaitAnswers(QueryLoad load) {
    await().atMost(PATIENCE).until(() -> load.received() >= load.sent());
    assertThat(load.results().keySet()).isSubsetOf("NXDOMAIN", "SERVFAIL");
  }

  /** From some time on, everything is decided. */
  private void awaitDecided(int node) {
    awaitResult(node, "settled.load.test", DECIDED);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              try (QueryLoad load = new QueryLoad(dns(node), "settled")) {
                ask(load);
                await().atMost(PATIENCE).until(() -> load.received() >= load.sent());
                assertThat(load.results()).isEqualTo(Map.of("NXDOMAIN", load.sent()));
              }
            });
  }

  private void awaitResult(int node, String name, String result) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String is = Dig.result(Dig.ask(dns(node), name));
              assertThat(Set.of(DECIDED, NO_FILTER, TIMED_OUT)).contains(is);
              return is.equals(result);
            });
  }

  private InetSocketAddress dns(int node) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports + node);
  }
}
