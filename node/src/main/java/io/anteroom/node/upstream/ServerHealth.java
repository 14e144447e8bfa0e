// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.LatencyHistogram;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one server of a pool does, as all event loops of a node have found. Safe for any thread; what
 * several find at once may count as one.
 *
 * <h2>Two counts</h2>
 *
 * <i>Failures</i> in a row put a server behind the others, as c-ares has it: a query that was not
 * answered, and one that was refused. <i>Silences</i> in a row, which are the former alone, make it
 * be down, which is said to the operator and changes nothing else. A refusal is not among them
 * because a client could bring it about at will, by asking for names whose own servers are broken.
 *
 * <h2>Names that are never answered</h2>
 *
 * A client can bring about silence too, by asking for names whose own servers don't answer. So a
 * server that was said to be down, and answered within a minute, has to be silent for longer the
 * next time: 5 s, then twice as long each time, up to 5 min. One that is really down is silent.
 */
final class ServerHealth {
  private static final Logger LOG = LoggerFactory.getLogger(ServerHealth.class);

  /** As c-ares has it: a server that was away for long is not behind one that was for longer. */
  private static final int MAX_FAILURES = 16;

  private static final int MAX_SILENCES = 1 << 20;
  private static final long SOON_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long FIRST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long MOST_SILENCE_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final String pool;
  private final ServerSettings server;
  private final HealthSettings settings;
  private final Counters<Counter> counters;
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicInteger silences = new AtomicInteger();
  private final AtomicBoolean down = new AtomicBoolean();
  private final AtomicBoolean probed = new AtomicBoolean();
  private final LongAdder outstanding = new LongAdder();
  private final LatencyHistogram latency = new LatencyHistogram();
  private volatile long failedNanos;
  private volatile long silentSinceNanos;
  private volatile long downSinceNanos;
  private volatile long leastSilenceNanos;

  /** How a query failed. */
  enum Failure {
    TIMEOUT("no answer in time"),
    NETWORK("no connection"),
    CHECK("the check was answered with an error");

    private final String words;

    Failure(String words) {
      this.words = words;
    }
  }

  ServerHealth(
      String pool, ServerSettings server, HealthSettings settings, Counters<Counter> counters) {
    this.pool = pool;
    this.server = server;
    this.settings = settings;
    this.counters = counters;
  }

  ServerSettings server() {
    return server;
  }

  /** In a row, at most 16; 0 for a server that is well. */
  int failures() {
    return failures.get();
  }

  /** When the last one was; of no meaning if there is none. */
  long failedNanos() {
    return failedNanos;
  }

  boolean isUp() {
    return !down.get();
  }

  /** Queries in flight, of all loops. */
  long outstanding() {
    return outstanding.sum();
  }

  /** Of its answers. */
  LatencyHistogram latency() {
    return latency;
  }

  /** So many queries more, or fewer, are in flight. */
  void count(int queries) {
    outstanding.add(queries);
  }

  /** It has answered a question. */
  void answered(long nanos) {
    latency.record(nanos);
    if (failures.get() == 0 && !down.get()) {
      return;
    }
    failures.set(0);
    silences.set(0);
    if (down.compareAndSet(true, false)) {
      counters.increment(Counter.UPSTREAM_CAME_BACK);
      believeLess();
      LOG.info("upstream pool {}: {} is up again: it has answered", pool, ServerText.of(server));
    }
  }

  private void believeLess() {
    boolean soon = failedNanos - downSinceNanos < SOON_NANOS;
    leastSilenceNanos =
        soon
            ? Math.min(MOST_SILENCE_NANOS, Math.max(FIRST_SILENCE_NANOS, 2 * leastSilenceNanos))
            : 0;
  }

  /** It has answered that it won't or can't answer. */
  void refused(long nowNanos) {
    failures.updateAndGet(n -> Math.min(n + 1, MAX_FAILURES));
    failedNanos = nowNanos;
  }

  /** It has not answered. */
  void failed(Failure why, long nowNanos) {
    refused(nowNanos);
    int n = silences.updateAndGet(before -> Math.min(before + 1, MAX_SILENCES));
    if (n == 1) {
      silentSinceNanos = nowNanos;
    }
    boolean believed = nowNanos - silentSinceNanos >= leastSilenceNanos;
    if (n >= settings.downAfter() && believed && down.compareAndSet(false, true)) {
      downSinceNanos = nowNanos;
      counters.increment(Counter.UPSTREAM_WENT_DOWN);
      LOG.info(
          "upstream pool {}: {} is down: {} failures in a row, the last: {}",
          pool,
          ServerText.of(server),
          n,
          why.words);
    }
  }

  /**
   * Whether it has failed, and it is time to see whether it is back. Who is told so must say when
   * that has ended; until then nobody else is.
   */
  boolean takeProbe(long nowNanos) {
    return failures.get() > 0
        && nowNanos - failedNanos >= settings.retryDelay().toNanos()
        && take();
  }

  /** Whether nobody sees to it just now; the same holds. */
  boolean take() {
    return probed.compareAndSet(false, true);
  }

  void probeEnded() {
    probed.set(false);
  }
}
