// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts and logs what is wrong with the connections to one server. The log gets a line when TLS
 * begins to fail and when it works again, and a line a minute for answers that are none. Confined
 * to the thread of its forwarder.
 */
final class ConnectionTrouble {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionTrouble.class);
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  private final Forwarder forwarder;
  private final Counters<Counter> counters;
  private @Nullable String last;
  private boolean tlsFails;
  private boolean told;
  private long toldNanos;
  private int untold;

  ConnectionTrouble(Forwarder forwarder, Counters<Counter> counters) {
    this.forwarder = forwarder;
    this.counters = counters;
  }

  /** A connection is open. */
  void connected() {
    last = null;
    if (tlsFails) {
      tlsFails = false;
      LOG.info("{} is there over TLS again", forwarder);
    }
  }

  /** A TLS connection could not be opened. */
  void notConnected(String cause) {
    last = cause;
    counters.increment(Counter.UPSTREAM_TLS_FAILED);
    if (!tlsFails) {
      tlsFails = true;
      LOG.warn("{} can't be asked over TLS: {}", forwarder, cause);
    }
  }

  /** The server has ended a query without an answer. */
  void noMessage(String cause, long nowNanos) {
    last = cause;
    if (told && nowNanos - toldNanos < PAUSE_NANOS) {
      untold++;
      return;
    }
    String more = untold == 0 ? "" : " (and " + untold + " more like this since the last line)";
    LOG.warn("{} gave no answer: {}{}", forwarder, cause, more);
    told = true;
    toldNanos = nowNanos;
    untold = 0;
  }

  /** What was last wrong; null if nothing was since a connection was last opened. */
  @Nullable String last() {
    return last;
  }
}
