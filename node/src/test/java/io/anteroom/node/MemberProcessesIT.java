// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.Program;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes and filters, each a process of its own, and what is left when one is killed. Starting them
 * takes longest, so the tests share them, and those that kill come last.
 */
@TestMethodOrder(OrderAnnotation.class)
final class MemberProcessesIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int QUERIES = 200;
  private static final String BY_FILTER = "REFUSED EDE 15";
  private static final String NO_FILTER = "REFUSED EDE 14";
  private static final String TIMED_OUT = "SERVFAIL EDE 14";
  private static final String NODE =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:%d" } ]
        filters.judge {
          async-id = 1, timeout = %s, on-timeout = servfail, on-no-filter = refuse
        }
        filters.detour { async-id = 2, timeout = 30s, on-timeout = servfail }
        upstreams.default { servers = ["127.0.0.1:1"] }
        rules.query = [
          { match { suffix = ["direct.anteroom.test"] }, action { rcode = nxdomain } }
          { match { suffix = ["detour.anteroom.test"] }, action { suspend = detour } }
          { match = all, action { suspend = judge } }
        ]
        zones = [ { origin = "anteroom.test" } ]
        cluster { port = %d, seeds = [%s] }
        admin = off
        loops = 1
      }
      """;

  @TempDir private static Path directory;
  private static final List<Program> PROGRAMS = new ArrayList<>();
  private static final int PORTS = FreePorts.inARow(3);
  private static final int CLUSTER_PORTS = FreePorts.inARow(3);
  private static final InetSocketAddress FIRST = dns(PORTS);
  private static final InetSocketAddress SECOND = dns(PORTS + 1);
  private static Program third;
  private static Program filter;
  private static Program detour;

  /** The first node is patient with its filter, the second is not, the third is there to go. */
  @BeforeAll
  static void start() throws IOException {
    String seed = "127.0.0.1:" + CLUSTER_PORTS;
    Program first = node(0, "30s", "");
    Program second = node(1, "15s", '"' + seed + '"');
    third = node(2, "30s", '"' + seed + '"');
    filter = filter(seed);
    detour = start(Program.java(DetourInstance.class.getName(), "2", seed));
    List.of(first, second, third, filter).forEach(program -> program.awaitLine("ready: "));
    detour.awaitLine("attached: 3");
    awaitResult(FIRST, "blocked.anteroom.test", BY_FILTER);
    awaitResult(SECOND, "blocked.anteroom.test", BY_FILTER);
  }

  @AfterAll
  static void killAll() {
    PROGRAMS.forEach(Program::close);
  }

  @Test
  @Order(1)
  void filter_joinedToOneNode_decidesForAll() {
    var first = Dig.askMany(FIRST, QUERIES, "blocked.anteroom.test");
    var second = Dig.askMany(SECOND, QUERIES, "blocked.anteroom.test");
    var passed = Dig.ask(SECOND, "www.anteroom.test");

    assertThat(Dig.results(first)).containsOnly(BY_FILTER);
    assertThat(Dig.results(second)).containsOnly(BY_FILTER);
    assertThat(Dig.result(passed)).isEqualTo("NOERROR 192.0.2.80");
  }

  @Test
  @Order(1)
  void verdict_throughANodeThatDidNotAsk_answersTheQuery() {
    String expected = "NOERROR 192.0.2.1";
    awaitResult(FIRST, "detour.anteroom.test", expected);
    awaitResult(SECOND, "detour.anteroom.test", expected);

    for (InetSocketAddress node : List.of(FIRST, SECOND)) {
      assertThat(Dig.results(Dig.askMany(node, QUERIES, "detour.anteroom.test")))
          .containsOnly(expected);
    }
    assertThat(detour.lines())
        .filteredOn(line -> line.startsWith("result: "))
        .containsOnly("result: RESUMED");
  }

  @Test
  @Order(2)
  void node_killed_queriesOfOthersAreDecided() {
    var queries = Dig.askMany(FIRST, QUERIES, "blocked.anteroom.test");
    awaitTaken(FIRST);

    third.kill();

    assertThat(Dig.results(queries)).containsOnly(BY_FILTER);
    assertThat(Dig.results(Dig.askMany(SECOND, QUERIES, "blocked.anteroom.test")))
        .containsOnly(BY_FILTER);
    // What follows is about a filter that is lost, and no node.
    await()
        .atMost(PATIENCE)
        .until(() -> PROGRAMS.stream().anyMatch(each -> each.hasLine("is taken for dead")));
  }

  @Test
  @Order(3)
  void filter_killed_policyDecidesAndEveryClientIsAnswered() {
    var patient = Dig.askMany(FIRST, QUERIES, "blocked.anteroom.test");
    var impatient = Dig.askMany(SECOND, QUERIES, "blocked.anteroom.test");
    awaitTaken(FIRST);
    awaitTaken(SECOND);

    filter.kill();

    assertThat(Dig.results(patient))
        .as(() -> PROGRAMS.stream().map(Program::lines).toList().toString())
        .containsOnly(NO_FILTER);
    assertThat(Dig.results(impatient)).isSubsetOf(TIMED_OUT, NO_FILTER);
    awaitResult(SECOND, "www.anteroom.test", NO_FILTER);
  }

  private static Program node(int number, String timeout, String seeds) throws IOException {
    Path file = directory.resolve("node-" + number + ".conf");
    Files.writeString(file, NODE.formatted(PORTS + number, timeout, CLUSTER_PORTS + number, seeds));
    return start(Program.anteroom("run", "--config", file.toString(), "--end-with-stdin"));
  }

  private static Program filter(String seed) throws IOException {
    Path list = directory.resolve("list.txt");
    Files.writeString(list, "blocked.anteroom.test\n");
    // Slow enough for something to be killed while it looks a name up.
    String[] command = {
      "filter", "--list", list.toString(), "--join", seed, "--delay", "2000", "--end-with-stdin"
    };
    return start(Program.anteroom(command));
  }

  private static Program start(Program program) {
    PROGRAMS.add(program);
    return program;
  }

  private static InetSocketAddress dns(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static void awaitResult(InetSocketAddress node, String name, String result) {
    await().atMost(PATIENCE).until(() -> Dig.result(Dig.ask(node, name)).equals(result));
  }

  /** Returns when the node has taken all that was sent before: it has one socket. */
  private static void awaitTaken(InetSocketAddress node) {
    assertThat(Dig.result(Dig.ask(node, "direct.anteroom.test"))).isEqualTo("NXDOMAIN");
  }
}
