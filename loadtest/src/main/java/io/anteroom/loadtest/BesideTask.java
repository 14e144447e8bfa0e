// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;

/**
 * Sends queries at a fixed rate to a node whose policy answers each of them, and looks at how long
 * that takes while nothing else happens, while a worker task of that policy keeps its thread busy,
 * and while a process outside of the node keeps a core as busy. What the last two have in common is
 * owed to the cores, and not to the node.
 */
final class BesideTask implements Runnable {
  private static final String JAVA_OPTIONS = "-Xmx512m";
  private static final String CALLBACKS = "anteroom_policy_counter_total";
  private static final Duration BUSY = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int REFUSED = 5;

  private final Report report;
  private final Ports ports;
  private final String script;
  private final int perSecond;
  private final int rounds;
  private final int warmUpSeconds;
  private final Map<Beside, double[][]> percentiles = new EnumMap<>(Beside.class);

  /** What happens while queries are sent. */
  private enum Beside {
    NOTHING,
    TASK,
    PROCESS
  }

  private BesideTask(Options options, Report report) {
    this.report = report;
    ports = Ports.of(options, 0);
    script = options.word("-f", "");
    perSecond = options.positive("-r", 1_000);
    rounds = options.positive("-n", 10);
    warmUpSeconds = options.positive("-w", 20);
    for (Beside beside : Beside.values()) {
      percentiles.put(beside, new double[2][rounds]);
    }
  }

  public static void main(String[] arguments) {
    System.exit(Command.run(arguments, BesideTask::new, "-f", "-r", "-n", "-w", "-p", "-c", "-a"));
  }

  @Override
  public void run() {
    report.machine();
    try (NodeProcess node = NodeProcess.start(configuration(), JAVA_OPTIONS)) {
      report.say(
          "node: %s, %s; %,d queries a second", node.jcmd().version(), JAVA_OPTIONS, perSecond);
      int queries = perSecond * (warmUpSeconds + 60 + rounds * 60);
      try (Load load = new Load(ports.dns(), 0, queries, perSecond)) {
        Wait.pass(Duration.ofSeconds(warmUpSeconds));
        for (int round = 0; round < rounds; round++) {
          for (Beside beside : Beside.values()) {
            measure(load, beside, round);
          }
        }
        load.stop(Duration.ofSeconds(5));
        print(load);
      }
      node.complaints().forEach(line -> report.say("node said: %s", line));
    }
  }

  private void measure(Load load, Beside beside, int round) {
    int from = load.next();
    long ended = ended();
    switch (beside) {
      case NOTHING -> Wait.pass(BUSY);
      case TASK -> {
        startTask();
        Wait.pass(BUSY);
        if (!Wait.until(() -> ended() > ended, PATIENCE)) {
          throw new IllegalStateException("the task has not ended");
        }
      }
      case PROCESS -> keepCoreBusy();
    }
    int to = load.next();
    Wait.pass(Duration.ofMillis(500));
    double[][] found = Objects.requireNonNull(percentiles.get(beside));
    found[0][round] = load.ledger().millis(50, from, to);
    found[1][round] = load.ledger().millis(99, from, to);
  }

  /** How many tasks have ended, and told the policy of their result. */
  private long ended() {
    return Scrape.of(ports.admin()).values().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(CALLBACKS))
        .mapToLong(entry -> entry.getValue().longValue())
        .sum();
  }

  private void startTask() {
    byte[] query = Packets.query(Packets.name("task.anteroom.test"), 1);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      InetAddress loopback = InetAddress.getLoopbackAddress();
      socket.send(new DatagramPacket(query, query.length, loopback, ports.dns()));
      socket.receive(new DatagramPacket(new byte[512], 512));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void keepCoreBusy() {
    try {
      new ProcessBuilder(
              "timeout", Long.toString(BUSY.toSeconds()), "bash", "-c", "while :; do :; done")
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void print(Load load) {
    report.say("%-34s %12s %24s", "median of the rounds", "p50 ms", "p99 ms (range)");
    percentiles.forEach(
        (beside, found) ->
            report.say(
                "%-34s %12.2f %12.2f (%.2f - %.2f)",
                beside, median(found[0]), median(found[1]), least(found[1]), most(found[1])));
    int sent = load.next();
    report.claim(
        load.ledger().count(REFUSED, 0, sent) == sent,
        "all of %,d queries were answered by the policy: %,d",
        sent,
        load.ledger().count(REFUSED, 0, sent));
  }

  private static double median(double[] values) {
    return DoubleStream.of(values).sorted().skip(values.length / 2).findFirst().orElse(Double.NaN);
  }

  private static double least(double[] values) {
    return DoubleStream.of(values).min().orElse(Double.NaN);
  }

  private static double most(double[] values) {
    return DoubleStream.of(values).max().orElse(Double.NaN);
  }

  private String configuration() {
    return """
    anteroom {
      listeners = [ { transport = udp, address = "127.0.0.1:%d" } ]
      cluster.port = %d
      admin { address = "127.0.0.1:%d", token-file = admin.token }
      upstreams.default.servers = []
      policies.task { file = "%s" }
      rules.query = [ { match = all, action { policy = task } } ]
    }
    """
        .formatted(ports.dns(), ports.cluster(), ports.admin(), script);
  }
}
