// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.Program;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code anteroom cluster}: who is up, who decides, and that no process outlives it. */
final class ClusterCommandIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String BY_FILTER = "REFUSED EDE 15";

  private final int port = FreePorts.inARow(4);
  private final int clusterPort = FreePorts.inARow(4);
  private final int adminPort = FreePorts.inARow(4);

  @Test
  void cluster_childKilledThenInterrupted_reportsItAndLeavesNoProcess() {
    try (Program cluster = start(3)) {
      List<ProcessHandle> children = cluster.handle().descendants().toList();
      assertThat(children).hasSize(4);
      for (String name : List.of("node-1", "node-2", "node-3", "filter")) {
        assertThat(children).extracting(ProcessHandle::pid).contains(pid(cluster, name));
      }
      for (int node = 0; node < 3; node++) {
        awaitDecided(node);
        assertThat(ask(node, "www.anteroom.test")).isEqualTo("NOERROR 192.0.2.80");
      }

      ProcessHandle.of(pid(cluster, "node-3")).orElseThrow().destroyForcibly();

      cluster.awaitLine("node-3 has ended with exit code 137; the others go on");
      assertThat(ask(0, "blocked.anteroom.test")).isEqualTo(BY_FILTER);
      assertThat(ask(1, "blocked.anteroom.test")).isEqualTo(BY_FILTER);

      cluster.signal("INT");

      assertThat(cluster.exitCode()).isZero();
      assertThat(children).noneMatch(ProcessHandle::isAlive);
    }
  }

  @Test
  void cluster_killed_childrenEndByThemselves() {
    try (Program cluster = start(2)) {
      List<ProcessHandle> children = cluster.handle().descendants().toList();
      assertThat(children).hasSize(3);

      cluster.kill();

      await().atMost(PATIENCE).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }
  }

  @Test
  void cluster_portInUse_endsWithAllItsChildren() throws Exception {
    try (var taken = new java.net.ServerSocket(port + 1, 1, InetAddress.getLoopbackAddress());
        Program cluster = command(2)) {
      assertThat(taken.isBound()).isTrue();
      assertThat(cluster.exitCode()).isEqualTo(1);
      assertThat(cluster.lines())
          .anyMatch(line -> line.endsWith("127.0.0.1:" + (port + 1) + ": address already in use"))
          .contains("anteroom: node-2 has ended with exit code 1; so all end");
      assertThat(cluster.handle().descendants()).isEmpty();
    }
  }

  private Program start(int nodes) {
    return command(nodes).awaitLine("Ctrl-C ends all.");
  }

  private Program command(int nodes) {
    return Program.anteroom(
        "cluster",
        "--nodes",
        Integer.toString(nodes),
        "--port",
        Integer.toString(port),
        "--cluster-port",
        Integer.toString(clusterPort),
        "--admin-port",
        Integer.toString(adminPort));
  }

  /** As the overview shows it. */
  private static long pid(Program cluster, String name) {
    Pattern line = Pattern.compile(" *" + name + " +pid (\\d+)");
    return cluster.lines().stream()
        .map(line::matcher)
        .filter(Matcher::matches)
        .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
        .findFirst()
        .orElseThrow();
  }

  private void awaitDecided(int node) {
    await().atMost(PATIENCE).until(() -> ask(node, "blocked.anteroom.test").equals(BY_FILTER));
  }

  private String ask(int node, String name) {
    return Dig.result(
        Dig.ask(new InetSocketAddress(InetAddress.getLoopbackAddress(), port + node), name));
  }
}
