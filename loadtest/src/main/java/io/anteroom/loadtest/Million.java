// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;

/**
 * Suspends a million queries at once on one node, resumes them all, and checks each answer.
 *
 * <p>This process is the clients and the filter service both: it knows which queries have come to
 * the filter, so it sends no faster than the node takes them in, and decides no faster than it
 * receives the answers.
 */
final class Million implements Runnable {
  /**
   * Of what is allocated while queries wait a third survives, so a collection takes as long as the
   * young generation is large; with one of 2 GB the node is away for seconds, and counts as gone.
   * And a heap that has to grow is collected as a whole before it does.
   */
  private static final String JAVA_OPTIONS = "-Xms%1$dg -Xmx%1$dg -Xmn512m";

  /**
   * The full collection by which the heap is measured stops the node for some 10 s, after which its
   * cluster would give it up. Nothing but the measurement collects so much.
   */
  private static final String PATIENCE = "pekko.cluster.split-brain-resolver.stable-after";

  private static final String PATIENCE_TIME = "40s";

  /** What remains in tables that do not shrink, and of timers until they would have been due. */
  private static final int MAX_BYTES_LEFT = 128;

  /** What a suspended query may take of the node's heap. */
  private static final int MAX_BYTES = 3 << 10;

  /** Rounds that the compilers of both JVMs see before it counts, and the queries of each. */
  private static final int WARM_UPS = 5;

  private static final int WARM_UP = 20_000;

  private final Options options;
  private final Report report;
  private final int queries;
  private final int numbers;
  private final int timeoutSeconds;
  private final int gigabytes;

  Million(Options options, Report report) {
    this.options = options;
    this.report = report;
    queries = options.positive("-n", 1_000_000);
    numbers = WARM_UPS * WARM_UP + queries;
    timeoutSeconds = options.positive("-t", 60);
    gigabytes = options.positive("-x", 8);
  }

  public static void main(String[] arguments) {
    System.exit(Command.run(arguments, Million::new, "-n", "-t", "-w", "-x", "-p", "-c", "-v"));
  }

  @Override
  public void run() {
    report.machine();
    System.setProperty(PATIENCE, PATIENCE_TIME);
    Ports ports = Ports.of(options, 0);
    String heap = JAVA_OPTIONS.formatted(gigabytes);
    try (NodeProcess node =
        NodeProcess.start(configuration(ports), heap + " -D" + PATIENCE + "=" + PATIENCE_TIME)) {
      report.say("node: %s, %s; timeout %d s", node.jcmd().version(), heap, timeoutSeconds);
      HoldingFilter filter = new HoldingFilter(numbers);
      FilterMemberSettings settings =
          FilterMemberSettings.of(1, ports.seed()).withCredits(1_000_000);
      try (FilterMember member = JoinedFilter.start(settings, filter)) {
        measure(node, filter, ports.dns());
        report.say("filter: %s", member.metrics());
      }
      node.terminate();
      report.claim(node.exitCode() == 0, "the node ended in an orderly way");
      node.complaints().forEach(line -> report.say("node said: %s", line));
    }
  }

  private void measure(NodeProcess node, HoldingFilter filter, int port) {
    Exam exam = new Exam(numbers);
    int sockets = Sender.socketsFor(numbers);
    try (Sender sender = new Sender(port, sockets, exam)) {
      int window = options.positive("-w", 2_000);
      for (int first = 0; first < WARM_UPS * WARM_UP; first += WARM_UP) {
        Round warmUp = new Round(sender, filter, exam, first, WARM_UP, window);
        warmUp.awaitFilter();
        warmUp.suspendAll();
        warmUp.resumeAll();
      }
      exam.latencies().reset();
      Jcmd.Live before = node.jcmd().live();
      Round round = new Round(sender, filter, exam, WARM_UPS * WARM_UP, queries, window);
      double suspending = round.suspendAll();
      report.say(
          "suspended %,d at once in %.1f s (%,.0f a second)",
          round.suspended(), suspending, round.suspended() / suspending);
      heap(before, node.jcmd().live(), round.suspended());
      double resuming = round.resumeAll();
      report.say(
          "answered %,d in %.1f s (%,.0f a second); from verdict to answer %s",
          round.answered(), resuming, round.answered() / resuming, exam.latencies());
      left(before, node.jcmd().live());
      report.say("datagrams sent again because the first never arrived: %,d", round.resent());
      report.claim(round.suspended() == queries, "%,d queries waited at once", queries);
      report.claim(round.answered() == queries, "lost: %,d", queries - round.answered());
      report.claim(
          exam.faults().count() == 0,
          "wrong answers: %,d %s",
          exam.faults().count(),
          exam.faults());
      report.claim(filter.twice() == 0, "queries suspended twice: %,d", filter.twice());
    }
  }

  private void heap(Jcmd.Live before, Jcmd.Live full, int suspended) {
    double each = (double) (full.bytes() - before.bytes()) / suspended;
    report.say(
        "live heap %.1f MB before, %.1f MB with all suspended",
        before.bytes() / 1e6, full.bytes() / 1e6);
    full.top().stream().limit(options.number("-v", 12)).forEach(line -> report.say("  %s", line));
    report.claim(each <= MAX_BYTES, "%.0f bytes of live heap for each suspended query", each);
  }

  private void left(Jcmd.Live before, Jcmd.Live after) {
    double each = (double) (after.bytes() - before.bytes()) / queries;
    report.say("live heap %.1f MB after all was answered", after.bytes() / 1e6);
    report.claim(each < MAX_BYTES_LEFT, "%.1f bytes left behind by each", each);
  }

  private String configuration(Ports ports) {
    return """
    anteroom {
      listeners = [ { transport = udp, address = "127.0.0.1:%d" } ]
      cluster.port = %d
      admin = off
      upstreams.default.servers = []
      max-suspended-bytes = %dMiB
      filters.held {
        async-id = 1
        timeout = %ds
        on-timeout = servfail
        on-overload = refuse
        on-no-filter = servfail
        max-suspended = %d
        max-per-client = %d
      }
      rules.query = [ { match = all, action { suspend = held } } ]
      zones = [ { origin = "anteroom.test" } ]
    }
    """
        .formatted(ports.dns(), ports.cluster(), gigabytes * 768, timeoutSeconds, numbers, numbers);
  }
}
