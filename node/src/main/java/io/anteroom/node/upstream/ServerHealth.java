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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Health of one server of a pool, as seen by all event loops of a node. Safe for any thread;
 * failures that several threads report at the same moment may count as one.
 *
 * <h2>Two counts</h2>
 *
 * <i>Failures</i> in a row rank a server behind others, as in c-ares; they are unanswered and
 * refused queries. <i>Silences</i> in a row are the unanswered queries alone; after enough of them
 * the server counts as down, which is logged, counted and shown to the operator, but does not
 * change the choice of servers. Refusals are not among the silences because a client could cause
 * them at will, by asking for names whose authoritative servers are broken.
 *
 * <h2>Names that are never answered</h2>
 *
 * A client can cause silence as well, by asking for names whose authoritative servers don't answer.
 * So if a server that was declared down answers within a minute, it has to be silent for longer
 * before it is declared down the next time: 5 s, then twice as long each time, up to 5 min. A
 * server that is really down stays silent that long.
 */
final class ServerHealth {
  private static final Logger LOG = LoggerFactory.getLogger(ServerHealth.class);

  /**
   * As in c-ares: beyond this number, further failures do not rank a server behind others any more.
   */
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

  /** Failures in a row, at most 16; 0 for a healthy server. */
  int failures() {
    return failures.get();
  }

  /** Time of the last failure, in nanoseconds; undefined if there was none. */
  long failedNanos() {
    return failedNanos;
  }

  boolean isUp() {
    return !down.get();
  }

  /** Queries in flight on all event loops. */
  long outstanding() {
    return outstanding.sum();
  }

  /** Response times of the server. */
  LatencyHistogram latency() {
    return latency;
  }

  /** Adds to the number of queries in flight; a negative number subtracts. */
  void count(int queries) {
    outstanding.add(queries);
  }

  /** The server has answered a query. */
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

  /** The server has answered that it won't or can't answer. */
  void refused(long nowNanos) {
    failures.updateAndGet(n -> Math.min(n + 1, MAX_FAILURES));
    failedNanos = nowNanos;
  }

  /** The server has not answered. */
  void failed(Failure why, long nowNanos) {
    failed(why, null, nowNanos);
  }

  /**
   * The server has not answered.
   *
   * @param cause for the log; null if only the kind of the failure is known
   */
  void failed(Failure why, @Nullable String cause, long nowNanos) {
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
          cause == null ? why.words : why.words + " (" + cause + ")");
    }
  }

  /**
   * Whether the server has failed and is due for a probe. A caller that gets true must call {@link
   * #probeEnded} when the probe has ended; until then all other callers get false.
   */
  boolean takeProbe(long nowNanos) {
    return failures.get() > 0
        && nowNanos - failedNanos >= settings.retryDelay().toNanos()
        && take();
  }

  /**
   * Whether no probe or check is in flight. As above, a caller that gets true must call {@link
   * #probeEnded}.
   */
  boolean take() {
    return probed.compareAndSet(false, true);
  }

  void probeEnded() {
    probed.set(false);
  }
}
