// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.testing.Cable;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes, each in a process of its own, and nothing between them any more, though both live.
 *
 * <p>They reach each other through cables: what is a node's address to the other is a cable to the
 * port that it listens on.
 */
@ExtendWith(ProgramOutput.class)
final class PartitionIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int QUERIES = 500;
  private static final String DECIDED = "NXDOMAIN";
  private static final String NO_FILTER = "REFUSED EDE 14";
  private static final String TIMED_OUT = "SERVFAIL EDE 14";
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:%d" } ]
        filters.blocklist {
          async-id = 1, timeout = %s, breaker = off
          on-timeout = servfail, on-no-filter = refuse
        }
        embedded-blocklist = %s
        upstreams.default { servers = ["127.0.0.1:1"] }
        rules.query = [
          { match = all, action { suspend = blocklist } }
          { match = all, action { rcode = nxdomain } }
        ]
        admin = off
        cluster {
          port = %d, bind = "127.0.0.1:%d"
          seeds = ["127.0.0.1:%d", "127.0.0.1:%d"]
        }
        loops = 1
        drain = 1s
      }
      """;

  @TempDir private Path directory;
  private final int ports = FreePorts.inARow(6);
  private final Cable[] cables = {
    Cable.between(ports + 2, ports + 4), Cable.between(ports + 3, ports + 5)
  };
  private Program staying;
  private Program cutOff;

  @BeforeEach
  void start() throws IOException {
    // Nothing may time out at the node that has the filter, on a slow machine either.
    staying = startReady(0, "on", "20s");
  }

  @AfterEach
  void stop() {
    for (Program program : new Program[] {staying, cutOff}) {
      if (program != null) {
        program.close();
      }
    }
    for (Cable cable : cables) {
      cable.close();
    }
  }

  @Test
  void nodes_cutOffFromEachOther_bothServe_andAreOneClusterAgainAfterwards() throws IOException {
    cutAndMend(0, 1);
  }

  @Test
  void nodes_ofWhichOneIsNotHeard_bothServe_andAreOneClusterAgainAfterwards() throws IOException {
    // Nothing reaches the first node any more, though it still reaches the other.
    cutAndMend(0);
  }

  @Test
  void nodes_ofWhichTheOtherIsNotHeard_bothServe_andAreOneClusterAgainAfterwards()
      throws IOException {
    cutAndMend(1);
  }

  /** The first node has the filter. */
  private void cutAndMend(int... cut) throws IOException {
    cutOff = startReady(1, "off", "2s");
    awaitResult(1, "before.load.test", DECIDED);
    try (QueryLoad there = new QueryLoad(dns(0), "there");
        QueryLoad away = new QueryLoad(dns(1), "away")) {
      ask(there, QUERIES);
      ask(away, QUERIES);
      for (int i : cut) {
        cables[i].cut();
      }
      ask(there, QUERIES);
      ask(away, QUERIES);
      awaitResult(1, "cut.load.test", NO_FILTER);
      // Each takes the other for dead, as in a partition that lasts, or hears that it is taken so.
      staying.awaitLine("for dead");
      cutOff.awaitLine("for dead");
      ask(there, QUERIES);

      for (int i : cut) {
        cables[i].mend();
      }

      awaitResult(1, "again.load.test", DECIDED);
      ask(there, QUERIES);
      awaitAnswers(away);
      awaitAnswers(there);
      assertThat(there.results()).isEqualTo(Map.of("NXDOMAIN", there.sent()));
      assertThat(away.results().keySet()).isSubsetOf("NXDOMAIN", "SERVFAIL", "REFUSED");
      assertThat(staying.handle().isAlive()).isTrue();
      assertThat(cutOff.handle().isAlive()).isTrue();
    }
  }

  @Test
  void node_startedWhileItIsCutOff_serves_andJoinsWhenItCan() throws IOException {
    for (Cable cable : cables) {
      cable.cut();
    }
    cutOff = startReady(1, "off", "2s");
    awaitResult(1, "alone.load.test", NO_FILTER);

    for (Cable cable : cables) {
      cable.mend();
    }

    awaitResult(1, "again.load.test", DECIDED);
  }

  private Program startReady(int number, String blocklist, String timeout) throws IOException {
    Path file = directory.resolve("node-" + number + ".conf");
    Files.writeString(
        file,
        CONFIGURATION.formatted(
            ports + number,
            timeout,
            blocklist,
            ports + 2 + number,
            ports + 4 + number,
            ports + 2,
            ports + 3));
    return Program.anteroom("run", "--config", file.toString(), "--end-with-stdin")
        .awaitLine("ready: ");
  }

  /** Asks so many, no faster than they are answered. */
  private static void ask(QueryLoad load, int queries) {
    for (int i = 0; i < queries; i++) {
      load.askNext();
    }
  }

  private static void awaitAnswers(QueryLoad load) {
    await().atMost(PATIENCE).until(() -> load.received() >= load.sent());
  }

  private void awaitResult(int node, String name, String result) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String is = result(node, name);
              assertThat(Set.of(DECIDED, NO_FILTER, TIMED_OUT)).contains(is);
              return is.equals(result);
            });
  }

  private String result(int node, String name) {
    return Dig.result(Dig.ask(dns(node), name));
  }

  private InetSocketAddress dns(int node) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports + node);
  }
}
