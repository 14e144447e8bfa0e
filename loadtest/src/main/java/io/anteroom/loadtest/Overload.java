// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.sdk.FilterMember;
import io.anteroom.protocol.sdk.FilterMemberSettings;
import java.time.Duration;
import java.util.stream.IntStream;

/**
 * Loads a node at a fixed rate, makes its filter service ten times slower than that for a while,
 * and looks at what the node holds, what it tells of it, and how soon all is as it was.
 *
 * <p>Each way in which a suspension can fail has an RCODE of its own, so that what the clients saw
 * can be held against what the node counted.
 */
final class Overload implements Runnable {
  private static final String SERVICE = "slow";
  private static final int HEAP_MEGABYTES = 256;
  private static final String JAVA_OPTIONS = "-Xmx" + HEAP_MEGABYTES + "m";

  /** Of the process beyond its heap: code, classes, stacks, network buffers, the collector. */
  private static final int OTHER_MEGABYTES = 256;

  private static final int TIMES_SLOWER = 10;
  private static final int TIMES_LATER = 2;

  /** For the compilers, and for the load that other tests have left on the machine. */
  private static final Duration WARM_UP = Duration.ofSeconds(20);

  private static final Duration CALM = Duration.ofSeconds(10);
  private static final Duration RECOVERY = Duration.ofSeconds(2);

  /** In which the live heap is looked at, each time with a full collection. */
  private static final int FULL_SECONDS = 5;

  private static final Duration STILL = Duration.ofSeconds(3);

  private static final int NOERROR = 0;
  private static final int SERVFAIL = 2;
  private static final int NXDOMAIN = 3;
  private static final int REFUSED = 5;

  /** What is counted of suspensions that on-timeout, on-overload and on-no-filter decided. */
  private static final String[] TIMED_OUT = {"timed_out", "lost", "refused_breaker"};

  private static final String[] OVERLOADED = {
    "refused_limit",
    "refused_client_limit",
    "refused_memory",
    "refused_too_often",
    "refused_too_large",
    "withdrawn"
  };
  private static final String[] NO_FILTER = {"refused_no_filter", "refused_no_home"};

  private final Report report;
  private final Ports ports;
  private final int perSecond;
  private final int seconds;
  private final boolean breaker;
  private long mostSuspended;
  private long mostLive;

  /** Queries that were sent in a span of time: the first, and the one behind the last. */
  private record Span(int from, int to) {}

  private Overload(Options options, Report report) {
    this.report = report;
    ports = Ports.of(options, 0);
    perSecond = options.positive("-r", 5_000);
    seconds = options.positive("-s", 60);
    breaker = options.number("-b", 1) != 0;
  }

  public static void main(String[] arguments) {
    System.exit(Command.run(arguments, Overload::new, "-r", "-s", "-b", "-p", "-c", "-a"));
  }

  @Override
  public void run() {
    report.machine();
    try (NodeProcess node = NodeProcess.start(configuration(), JAVA_OPTIONS);
        SlowFilter filter = new SlowFilter()) {
      report.say("node: %s, %s", node.jcmd().version(), JAVA_OPTIONS);
      FilterMemberSettings settings = FilterMemberSettings.of(1, ports.seed());
      try (FilterMember member = JoinedFilter.start(settings, filter)) {
        awaitInstance();
        measure(node, filter);
        report.say("filter: %s", member.metrics());
      }
      node.terminate();
      report.claim(node.exitCode() == 0, "the node ended in an orderly way");
      node.complaints().forEach(line -> report.say("node said: %s", line));
    }
  }

  private void awaitInstance() {
    if (!Wait.until(() -> scrape().gauge(SERVICE, "credits") > 0, JoinedFilter.JOIN)) {
      throw new IllegalStateException("the node has not found the filter");
    }
  }

  private void measure(NodeProcess node, SlowFilter filter) {
    Duration all = WARM_UP.plus(CALM.multipliedBy(3)).plusSeconds(seconds).plus(RECOVERY);
    try (Load load =
        new Load(ports.dns(), 0, (int) (all.toSeconds() + 30) * perSecond, perSecond)) {
      Wait.pass(WARM_UP);
      final long liveBefore = node.jcmd().live().bytes();
      Wait.pass(RECOVERY);
      final Span before = pass(load, CALM);
      filter.slow(Math.max(1, perSecond / TIMES_SLOWER));
      final Span overload = overload(load, node);
      filter.fast();
      Wait.pass(RECOVERY);
      final Span after = pass(load, CALM);
      load.stop(STILL);
      final long liveAfter = node.jcmd().live().bytes();

      Ledger ledger = load.ledger();
      say("before", ledger, before);
      say("filter too slow", ledger, overload);
      say("2 s after", ledger, after);
      Scrape last = scrape();
      answered(load, last);
      overloaded(ledger, overload, filter);
      memory(node, liveBefore, liveAfter);
      counters(load, last);
      recovery(ledger, before, after);
    }
  }

  private static Span pass(Load load, Duration time) {
    int from = load.next();
    Wait.pass(time);
    return new Span(from, load.next());
  }

  private Span overload(Load load, NodeProcess node) {
    int from = load.next();
    for (int second = 0; second < seconds; second++) {
      Wait.pass(Duration.ofSeconds(1));
      if (second < FULL_SECONDS) {
        // Later the circuit breaker may have opened, and little waits.
        mostLive = Math.max(mostLive, node.jcmd().live().bytes());
      }
      mostSuspended = Math.max(mostSuspended, scrape().gauge(SERVICE, "suspended"));
    }
    return new Span(from, load.next());
  }

  private void say(String when, Ledger ledger, Span span) {
    report.say(
        "%-16s %,8d queries: %5.1f %% NOERROR, %5.1f %% SERVFAIL, %5.1f %% REFUSED;"
            + " p50 %.2f ms, p99 %.2f ms",
        when,
        span.to - span.from,
        ledger.percent(NOERROR, span.from, span.to),
        ledger.percent(SERVFAIL, span.from, span.to),
        ledger.percent(REFUSED, span.from, span.to),
        ledger.millis(50, span.from, span.to),
        ledger.millis(99, span.from, span.to));
  }

  private void answered(Load load, Scrape last) {
    Ledger ledger = load.ledger();
    long untaken = load.next() - last.counter("queries");
    int unanswered = ledger.count(Ledger.NONE, 0, load.next());
    report.say(
        "%,d queries sent; datagrams that the system dropped before the node: %,d",
        load.next(), untaken);
    report.claim(
        unanswered == untaken,
        "the node answered each query that it took; not answered: %,d",
        unanswered - untaken);
    report.claim(
        ledger.faults().count() == 0,
        "each was answered once and as it should be; not so: %,d %s",
        ledger.faults().count(),
        ledger.faults());
  }

  private void overloaded(Ledger ledger, Span span, SlowFilter filter) {
    int wanted = TIMES_SLOWER * 2 / 3;
    report.claim(
        (long) filter.decidedSlowly() * wanted < span.to - span.from,
        "the filter was too slow: it decided about %,d",
        filter.decidedSlowly());
    report.claim(
        ledger.count(NOERROR, span.from, span.to) <= filter.decidedSlowly(),
        "so no more queries passed: %,d",
        ledger.count(NOERROR, span.from, span.to));
  }

  private void memory(NodeProcess node, long before, long after) {
    report.say(
        "live heap %.1f MB before, at most %.1f MB during, %.1f MB after it",
        before / 1e6, mostLive / 1e6, after / 1e6);
    report.claim(
        mostSuspended <= maxSuspended(),
        "suspended at once: at most %,d of %,d",
        mostSuspended,
        maxSuspended());
    report.claim(
        mostLive - before <= HEAP_MEGABYTES * 1e6 / 4, "the overload took at most a quarter of it");
    report.claim(
        after - before <= HEAP_MEGABYTES * 1e6 / 16, "and left at most a sixteenth behind");
    double peak = node.peakBytes() / 1e6;
    report.claim(
        peak <= HEAP_MEGABYTES + OTHER_MEGABYTES,
        "memory of the process: at most %.1f MB of %d",
        peak,
        HEAP_MEGABYTES + OTHER_MEGABYTES);
  }

  private void counters(Load load, Scrape last) {
    Ledger ledger = load.ledger();
    int sent = load.next();
    seen("NOERROR", ledger.count(NOERROR, 0, sent), last.counters(SERVICE, "resumed"));
    seen("SERVFAIL", ledger.count(SERVFAIL, 0, sent), last.counters(SERVICE, TIMED_OUT));
    seen("REFUSED", ledger.count(REFUSED, 0, sent), last.counters(SERVICE, OVERLOADED));
    seen("NXDOMAIN", ledger.count(NXDOMAIN, 0, sent), last.counters(SERVICE, NO_FILTER));
    long requested = last.counters(SERVICE, "requested");
    report.claim(
        requested == last.counter("queries")
            && requested
                == last.counters(SERVICE, "resumed", "dropped", "client_gone")
                    + last.counters(SERVICE, TIMED_OUT)
                    + last.counters(SERVICE, OVERLOADED)
                    + last.counters(SERVICE, NO_FILTER),
        "so each of %,d suspensions that rules asked for was counted once more, at its end",
        requested);
    report.claim(last.gauge(SERVICE, "suspended") == 0, "nothing is suspended any more");
  }

  private void seen(String rcode, int seen, long counted) {
    report.claim(
        seen == counted, "%s: the clients saw %,d, the node counted %,d", rcode, seen, counted);
  }

  private void recovery(Ledger ledger, Span before, Span after) {
    report.claim(
        ledger.count(SERVFAIL, after.from, after.to) == 0
            && ledger.count(REFUSED, after.from, after.to) == 0,
        "2 s after the overload every query passes");
    double then = p99OfASecond(ledger, before);
    double now = p99OfASecond(ledger, after);
    report.claim(
        now <= TIMES_LATER * then,
        "2 s after the overload p99 of a second is %.2f ms, at most twice the %.2f ms of before",
        now,
        then);
  }

  /** The median of the seconds of a span, so that one pause of the machine does not decide. */
  private double p99OfASecond(Ledger ledger, Span span) {
    double[] seconds =
        IntStream.iterate(span.from, from -> from + perSecond <= span.to, from -> from + perSecond)
            .mapToDouble(from -> ledger.millis(99, from, from + perSecond))
            .sorted()
            .toArray();
    return seconds[seconds.length / 2];
  }

  private Scrape scrape() {
    return Scrape.of(ports.admin());
  }

  /** Half of what would wait if the limit were not, for their timeout of 500 ms. */
  private int maxSuspended() {
    return Math.max(1, perSecond / 4);
  }

  private String configuration() {
    return """
    anteroom {
      listeners = [ { transport = udp, address = "127.0.0.1:%d" } ]
      cluster.port = %d
      admin { address = "127.0.0.1:%d", token-file = admin.token }
      upstreams.default.servers = []
      filters.slow {
        async-id = 1
        timeout = 500ms
        on-timeout = servfail
        on-overload = refuse
        on-no-filter = nxdomain
        max-suspended = %d
        max-per-client = %d
        %s
      }
      rules.query = [ { match = all, action { suspend = slow } } ]
      zones = [ { origin = "anteroom.test" } ]
    }
    """
        .formatted(
            ports.dns(),
            ports.cluster(),
            ports.admin(),
            maxSuspended(),
            maxSuspended(),
            breaker ? "" : "breaker = off");
  }
}
