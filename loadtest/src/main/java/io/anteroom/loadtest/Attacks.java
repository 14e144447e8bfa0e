// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.loadtest.Attack.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Attacks a node with all that whoever reaches it over the network may try, one attack after the
 * other, each on a node of its own; and looks at what a client sees that asks beside it.
 */
final class Attacks implements Runnable {
  private static final Map<String, Supplier<Attack>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("small-frames", ConnectionAttack::smallFrames);
    ALL.put("padded-queries", ConnectionAttack::paddedQueries);
    ALL.put("hoard", ConnectionAttack::hoard);
    ALL.put("descriptors", ConnectionAttack::descriptors);
    ALL.put("idle-admin", ConnectionAttack::idleAdmin);
    ALL.put("colliding-names", DatagramAttack::collidingNames);
    ALL.put("flapping", DatagramAttack::flapping);
    ALL.put("cluster-garbage", PortAttack::garbage);
    ALL.put("half-handshakes", PortAttack::halfHandshakes);
    ALL.put("verdict-flood", () -> new VerdictFlood(1));
    ALL.put("instance-flood", () -> new VerdictFlood(20));
    ALL.put("interim-responses", InterimFlood::new);
  }

  /**
   * Seconds for the compilers, so that the latencies are not those of a node that has just begun.
   */
  private static final int WARM_UP = 5;

  /** In which the client still asks: what an attack leaves behind may be worse than itself. */
  private static final Duration AFTER = Duration.ofSeconds(2);

  /** More than the node waits for upstream servers. */
  private static final Duration STILL = Duration.ofSeconds(5);

  /** After which a stub resolver asks again, or gives up; what comes later is lost. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final double MOST_LOST = 0.05;
  private static final long MOST_LOGGED = 1_000_000;
  private static final int NOERROR = 0;

  private final Report report;
  private final Ports ports;
  private final Map<String, Supplier<Attack>> chosen;
  private final Duration time;
  private final Duration warmUp;
  private final String heap;
  private final int perSecond;

  /** What has become of the node. */
  private record Outcome(boolean alive, long peakBytes, long logged, int openFiles) {}

  /**
   * What a client saw.
   *
   * @param answered as it should be, within 5 s
   * @param failed answered with an error
   */
  private record Seen(
      String client, int sent, int answered, int failed, double p50Millis, double p99Millis) {
    static Seen of(Ledger ledger, int from, int to) {
      return new Seen(
          "udp",
          to - from,
          ledger.countWithin(NOERROR, PATIENCE, from, to),
          to - from - ledger.count(NOERROR, from, to) - ledger.count(Ledger.NONE, from, to),
          ledger.millis(50, from, to),
          ledger.millis(99, from, to));
    }

    static Seen of(Newcomer.Kind kind, Newcomer newcomer) {
      Latencies latencies = newcomer.latencies();
      return new Seen(
          kind.name().toLowerCase(Locale.ROOT),
          newcomer.asked(),
          newcomer.answered(),
          0,
          latencies.millis(50),
          latencies.millis(99));
    }
  }

  Attacks(Options options, Report report) {
    this.report = report;
    ports = Ports.of(options, 0);
    chosen = chosen(options.word("--only", ""));
    time = Duration.ofSeconds(options.positive("--seconds", 5));
    warmUp = Duration.ofSeconds(options.number("-w", WARM_UP));
    heap = options.word("--heap", "256m");
    perSecond = options.positive("-r", 200);
    if (!heap.matches("[1-9][0-9]*[kmg]")) {
      throw new IllegalArgumentException("--heap needs a size such as 256m, not " + heap);
    }
  }

  private static Map<String, Supplier<Attack>> chosen(String only) {
    if (only.isEmpty()) {
      return ALL;
    }
    Supplier<Attack> attack = ALL.get(only);
    if (attack == null) {
      throw new IllegalArgumentException("--only needs one of " + String.join(" ", ALL.keySet()));
    }
    return Map.of(only, attack);
  }

  public static void main(String[] arguments) {
    System.exit(
        Command.run(
            arguments,
            Attacks::new,
            "--only",
            "--seconds",
            "--heap",
            "-w",
            "-r",
            "-p",
            "-c",
            "-a"));
  }

  @Override
  public void run() {
    report.machine();
    report.say(
        "node: -Xmx%s; %d queries a second beside each attack, for %d s and %d s after it",
        heap, perSecond, time.toSeconds(), AFTER.toSeconds());
    report.say(
        "%-17s %11s %12s %8s  %-6s %6s %8s %6s %6s %8s %8s %7s %7s %6s  %s",
        "attack",
        "connections",
        "messages",
        "MB",
        "client",
        "sent",
        "answered",
        "failed",
        "lost",
        "p50 ms",
        "p99 ms",
        "peak MB",
        "log KB",
        "files",
        "lives");
    chosen.forEach(this::attack);
  }

  private void attack(String name, Supplier<Attack> kind) {
    try (QuietUpstream upstream = new QuietUpstream();
        Attack attack = kind.get();
        NodeProcess node =
            NodeProcess.start(configuration(upstream, attack), "-Xmx" + heap, attack.openFiles());
        Load load = new Load(ports.dns(), 0, queries(), perSecond);
        Newcomer newcomer = new Newcomer(ports, attack.newcomer())) {
      attack.prepare(new Target(ports, System.nanoTime(), new Sent()));
      Wait.pass(warmUp);
      measure(name, attack, node, load, newcomer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Enough for the attack, and for all that comes before and after it. */
  private int queries() {
    return (int) (time.toSeconds() + 120) * perSecond;
  }

  private void measure(String name, Attack attack, NodeProcess node, Load load, Newcomer newcomer)
      throws IOException {
    Sent sent = new Sent();
    int from = load.next();
    newcomer.begin();
    final long loggedBefore = node.outputBytes();
    attack.run(new Target(ports, System.nanoTime() + time.toNanos(), sent));
    Wait.pass(AFTER);
    final int to = load.next();
    final int files = node.openFiles();
    newcomer.stop();
    load.stop(STILL);
    Outcome outcome =
        new Outcome(node.isAlive(), node.peakBytes(), node.outputBytes() - loggedBefore, files);
    Seen seen = Seen.of(load.ledger(), from, to);
    say(name, sent, seen, outcome);
    claim(name, outcome);
    claim(name, seen);
    if (attack.newcomer() != Newcomer.Kind.NONE) {
      Seen ofNewcomer = Seen.of(attack.newcomer(), newcomer);
      say(name, sent, ofNewcomer, outcome);
      claim(name, ofNewcomer);
    }
    node.complaints().stream()
        .limit(3)
        .forEach(line -> report.say("       node said: %.160s", line));
  }

  private void say(String name, Sent sent, Seen seen, Outcome outcome) {
    report.say(
        "%-17s %,11d %,12d %8.1f  %-6s %6d %8d %6d %6d %8.2f %8.2f %7.0f %7.1f %6d  %s",
        name,
        sent.connections(),
        sent.messages(),
        sent.bytes() / 1e6,
        seen.client,
        seen.sent,
        seen.answered,
        seen.failed,
        seen.sent - seen.answered - seen.failed,
        seen.p50Millis,
        seen.p99Millis,
        outcome.peakBytes / 1e6,
        outcome.logged / 1e3,
        outcome.openFiles,
        outcome.alive ? "yes" : "NO");
  }

  /** Says of claims only those that do not hold, so that the table stays one. */
  private void claim(String name, Outcome outcome) {
    claim(outcome.alive, name + ": the node has ended");
    claim(outcome.logged <= MOST_LOGGED, name + ": the node has logged more than 1 MB");
  }

  private void claim(String name, Seen seen) {
    claim(
        seen.answered >= seen.sent * (1 - MOST_LOST),
        name
            + ": more than 5 % of what the client beside it asked over "
            + seen.client
            + " was lost");
  }

  private void claim(boolean holds, String otherwise) {
    if (!holds) {
      report.claim(false, "%s", otherwise);
    }
  }

  private String configuration(QuietUpstream upstream, Attack attack) {
    return """
    anteroom {
      listeners = [
        { transport = udp, address = "127.0.0.1:%1$d" }
        { transport = tcp, address = "127.0.0.1:%1$d" }
      ]
      cluster.port = %2$d
      admin { address = "127.0.0.1:%3$d", token-file = admin.token }
      upstreams.default.servers = ["127.0.0.1:%4$d"]
      special-names { except = ["test"] }
      %5$s
    }
    """
        .formatted(ports.dns(), ports.cluster(), ports.admin(), upstream.port(), attack.settings());
  }
}
