// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Loads three nodes, stops the oldest in an orderly way, starts it again, and kills the next
 * oldest; so each time the one goes that has the coordinator of the shards. Every query that a node
 * took which was stopped must be answered, and every query of those that stayed.
 */
final class Failover implements Runnable {
  private static final String JAVA_OPTIONS = "-Xmx512m";
  private static final int NODES = 3;

  /** One for each node, and one for the node that is started again. */
  private static final int LOADS = NODES + 1;

  private static final int NUMBERS = 1_000_000;

  /** After a kill: longer than the cluster takes to give a member up. */
  private static final Duration GIVEN_UP = Duration.ofSeconds(20);

  private static final Duration CALM = Duration.ofSeconds(5);
  private static final Duration SETTLE = Duration.ofSeconds(60);
  private static final Duration STILL = Duration.ofSeconds(5);

  /** Of a hundred queries to a node that stays; answers of its own would be easy to give. */
  private static final int MIN_DECIDED = 90;

  private static final int NOERROR = 0;

  private final Report report;
  private final Options options;
  private final int perSecond;
  private final RememberingFilter filter;
  private final NodeProcess[] nodes = new NodeProcess[NODES];
  private final List<Load> loads = new ArrayList<>();

  private Failover(Options options, Report report) {
    this.report = report;
    this.options = options;
    perSecond = options.positive("-r", 300);
    filter = new RememberingFilter(LOADS, NUMBERS, options.number("-d", 300));
  }

  public static void main(String[] arguments) {
    System.exit(Command.run(arguments, Failover::new, "-r", "-d", "-p", "-c", "-a"));
  }

  @Override
  public void run() {
    try {
      test();
    } finally {
      close();
    }
  }

  private void test() {
    report.machine();
    for (int node = 0; node < NODES; node++) {
      start(node);
    }
    report.say("3 nodes: %s, %s", nodes[0].jcmd().version(), JAVA_OPTIONS);
    FilterMemberSettings settings = FilterMemberSettings.of(1, seeds().toArray(new String[0]));
    try (FilterMember member = JoinedFilter.start(settings, filter)) {
      IntStream.range(0, NODES).forEach(this::awaitInstance);
      IntStream.range(0, NODES).forEach(this::load);
      settle();
      stopInOrder(0);
      Wait.pass(CALM);
      start(0);
      awaitInstance(0);
      load(0);
      settle();
      int settledFirst = loads.get(3).next();
      int settledThird = loads.get(2).next();
      kill(1);
      Wait.pass(GIVEN_UP);
      claimAnswered("node 1, started again,", loads.get(3), settledFirst);
      claimAnswered("node 3", loads.get(2), settledThird);
      report.say("filter: %s", member.metrics());
    }
    end(0);
    end(2);
  }

  private void start(int node) {
    nodes[node] = NodeProcess.start(configuration(node), JAVA_OPTIONS);
  }

  private void awaitInstance(int node) {
    int port = Ports.of(options, node).admin();
    if (!Wait.until(() -> Scrape.of(port).gauge("held", "credits") > 0, JoinedFilter.JOIN)) {
      throw new IllegalStateException("node " + (node + 1) + " has not found the filter");
    }
  }

  private void load(int node) {
    int port = Ports.of(options, node).dns();
    loads.add(new Load(port, loads.size() * NUMBERS, NUMBERS, perSecond));
  }

  /** Waits until the nodes, fresh from their start, answer as fast as they are asked. */
  private void settle() {
    Wait.pass(CALM);
    for (Load load : loads) {
      if (!load.isStopped() && !Wait.until(() -> load.open() < perSecond, SETTLE)) {
        throw new IllegalStateException("a node is too slow for the load: see -r");
      }
    }
    Wait.pass(CALM);
  }

  private void stopInOrder(int node) {
    Load load = loads.get(node);
    int before = load.next();
    nodes[node].terminate();
    report.claim(
        nodes[node].exitCode() == 0, "node %d, told to end, ended in an orderly way", node + 1);
    load.stop(STILL);
    claimTaken(node, load, before);
  }

  /**
   * The system gives queries to a node in the order in which they were sent, so it took all before
   * the last one that it answered or that the filter was asked about.
   */
  private void claimTaken(int node, Load load, int before) {
    Ledger ledger = load.ledger();
    int end = Math.max(filter.last(node), ledger.lastAnswered()) + 1;
    int first = node * NUMBERS;
    report.say(
        "%,d queries were sent before it was told; it took %,d", before - first, end - first);
    int lost = ledger.count(Ledger.NONE, first, end);
    report.claim(
        lost == 0, "it answered all %,d queries that it took; lost: %,d", end - first, lost);
    say(load, end);
    close(node);
  }

  private void kill(int node) {
    nodes[node].kill();
    report.claim(nodes[node].exitCode() > 0, "node %d was killed", node + 1);
    loads.get(node).stop(Duration.ofMillis(1));
    close(node);
  }

  /**
   * States it of a node that stays.
   *
   * @param settled the first query that was sent when a node was killed
   */
  private void claimAnswered(String name, Load load, int settled) {
    load.stop(STILL);
    int first = load.first();
    int lost = load.ledger().count(Ledger.NONE, first, load.next());
    report.claim(
        lost == 0, "%s answered all %,d queries; lost: %,d", name, load.next() - first, lost);
    say(load, load.next());
    double decided = load.ledger().percent(NOERROR, settled, load.next());
    report.claim(
        decided >= MIN_DECIDED, "and %.2f %% of the last ones as the filter decided", decided);
  }

  private void say(Load load, int end) {
    Ledger ledger = load.ledger();
    report.claim(
        ledger.faults().count() == 0,
        "each once and as it should be; not so: %,d %s",
        ledger.faults().count(),
        ledger.faults());
    report.say(
        "       decided by the filter: %.2f %%; longest %.0f ms",
        ledger.percent(NOERROR, load.first(), end), ledger.millis(100, load.first(), end));
  }

  private void end(int node) {
    nodes[node].terminate();
    report.claim(nodes[node].exitCode() == 0, "node %d ended in an orderly way", node + 1);
    close(node);
  }

  private void close(int node) {
    nodes[node].complaints().forEach(line -> report.say("node %d said: %s", node + 1, line));
    nodes[node].close();
  }

  private void close() {
    loads.forEach(Load::close);
    Arrays.stream(nodes).filter(node -> node != null).forEach(NodeProcess::close);
  }

  private List<String> seeds() {
    return IntStream.range(0, NODES).mapToObj(node -> Ports.of(options, node).seed()).toList();
  }

  private String configuration(int node) {
    Ports ports = Ports.of(options, node);
    // The first one begins the cluster, and joins it when it is started again.
    String others =
        seeds().stream()
            .filter(seed -> nodes[0] != null && !seed.equals(ports.seed()))
            .map(seed -> '"' + seed + '"')
            .collect(Collectors.joining(", "));
    return """
    anteroom {
      listeners = [ { transport = udp, address = "127.0.0.1:%d" } ]
      cluster { port = %d, seeds = [%s] }
      admin { address = "127.0.0.1:%d", token-file = admin.token }
      upstreams.default.servers = []
      filters.held {
        async-id = 1
        timeout = 3s
        on-timeout = servfail
        on-overload = refuse
        on-no-filter = nxdomain
        max-per-client = 200000
      }
      rules.query = [ { match = all, action { suspend = held } } ]
      zones = [ { origin = "anteroom.test" } ]
    }
    """
        .formatted(ports.dns(), ports.cluster(), others, ports.admin());
  }
}
