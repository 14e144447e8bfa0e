// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Suspends queries at a fixed rate for a filter that decides about none in time, and looks at how
 * long after its timeout each is answered, as its client sees it.
 *
 * <p>The way there and back is in it, and the lateness of the sender; so the timer of the node is
 * better than what is claimed.
 */
final class Deadline implements Runnable {
  private static final String SERVICE = "silent";
  private static final int CREDITS = 1_000_000;

  private static final String JAVA_OPTIONS = "-Xmx1g";

  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration STILL = Duration.ofSeconds(3);
  private static final int SERVFAIL = 2;

  private final Report report;
  private final Ports ports;
  private final int perSecond;
  private final int seconds;
  private final int timeoutMillis;
  private final int mostMillis;

  private Deadline(Options options, Report report) {
    this.report = report;
    ports = Ports.of(options, 0);
    perSecond = options.positive("-r", 5_000);
    seconds = options.positive("-s", 30);
    timeoutMillis = options.positive("-t", 500);
    mostMillis = options.positive("-m", 20);
  }

  public static void main(String[] arguments) {
    System.exit(Command.run(arguments, Deadline::new, "-r", "-s", "-t", "-m", "-p", "-c", "-a"));
  }

  @Override
  public void run() {
    report.machine();
    try (NodeProcess node = NodeProcess.start(configuration(), JAVA_OPTIONS)) {
      report.say(
          "node: %s, %s; %,d queries a second, timeout %d ms",
          node.jcmd().version(), JAVA_OPTIONS, perSecond, timeoutMillis);
      FilterMemberSettings settings = FilterMemberSettings.of(1, ports.seed()).withCredits(CREDITS);
      try (FilterMember member = JoinedFilter.start(settings, this::decideTooLate)) {
        if (!Wait.until(() -> scrape().gauge(SERVICE, "credits") > 0, JoinedFilter.JOIN)) {
          throw new IllegalStateException("the node has not found the filter");
        }
        measure();
        report.say("filter: %s", member.metrics());
      }
      node.terminate();
      report.claim(node.exitCode() == 0, "the node ended in an orderly way");
      node.complaints().forEach(line -> report.say("node said: %s", line));
    }
  }

  private CompletionStage<Verdict> decideTooLate(FilterRequest request) {
    return new CompletableFuture<Verdict>()
        .completeOnTimeout(Verdict.drop(), 2L * timeoutMillis, TimeUnit.MILLISECONDS);
  }

  private void measure() {
    int queries = (int) (WARM_UP.toSeconds() + seconds + 30) * perSecond;
    try (Load load = new Load(ports.dns(), 0, queries, perSecond)) {
      Wait.pass(WARM_UP);
      int from = load.next();
      Wait.pass(Duration.ofSeconds(seconds));
      int to = load.next();
      load.stop(STILL);
      answers(load.ledger(), load.next());
      lateness(load.ledger(), from, to);
    }
  }

  private void answers(Ledger ledger, int sent) {
    Scrape counted = scrape();
    int answered = ledger.count(SERVFAIL, 0, sent);
    report.say(
        "%,d queries sent; datagrams that the system dropped before the node: %,d",
        sent, sent - counted.counter("queries"));
    report.claim(
        answered == counted.counter("queries"),
        "each that came to the node was answered as its timeout has it: %,d",
        answered);
    report.claim(
        ledger.faults().count() == 0,
        "each was answered once and as it should be; not so: %,d %s",
        ledger.faults().count(),
        ledger.faults());
    report.say(
        "ended at their deadline: %,d; by their origin, 250 ms later: %,d",
        counted.counters(SERVICE, "timed_out"), counted.counters(SERVICE, "lost"));
  }

  private void lateness(Ledger ledger, int from, int to) {
    report.say(
        "answered after the timeout: earliest %.2f ms, p50 %.2f ms, p90 %.2f ms, p99.9 %.2f ms,"
            + " latest %.2f ms",
        late(ledger, 0, from, to),
        late(ledger, 50, from, to),
        late(ledger, 90, from, to),
        late(ledger, 99.9, from, to),
        late(ledger, 100, from, to));
    report.claim(late(ledger, 0, from, to) >= 0, "none was answered early");
    double p99 = late(ledger, 99, from, to);
    report.claim(p99 <= mostMillis, "p99 %.2f ms after it, at most %d", p99, mostMillis);
  }

  private double late(Ledger ledger, double percentile, int from, int to) {
    return ledger.millis(percentile, from, to) - timeoutMillis;
  }

  private Scrape scrape() {
    return Scrape.of(ports.admin());
  }

  private String configuration() {
    return """
    anteroom {
      listeners = [ { transport = udp, address = "127.0.0.1:%d" } ]
      cluster.port = %d
      admin { address = "127.0.0.1:%d", token-file = admin.token }
      upstreams.default.servers = []
      filters.silent {
        async-id = 1
        timeout = %dms
        on-timeout = servfail
        on-overload = refuse
        on-no-filter = nxdomain
        max-suspended = 1000000
        max-per-client = 1000000
        breaker = off
      }
      rules.query = [ { match = all, action { suspend = silent } } ]
      zones = [ { origin = "anteroom.test" } ]
    }
    """
        .formatted(ports.dns(), ports.cluster(), ports.admin(), timeoutMillis);
  }
}
