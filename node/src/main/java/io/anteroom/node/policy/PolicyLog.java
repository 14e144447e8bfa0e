// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Logs what goes wrong in a policy: each kind of line once a minute, with the number of lines that
 * were left out. Safe for any thread.
 */
public final class PolicyLog {
  /** How many kinds are told apart within a minute; further ones share one line. */
  private static final int MAX_KINDS = 64;

  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Logger log;
  private final LongSupplier nanoTime;
  private final Map<String, Kind> kinds = new HashMap<>();

  private static final class Kind {
    private boolean logged;
    private long lastNanos;
    private long unlogged;
  }

  public PolicyLog(Logger log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
  }

  /** Logs a line, unless one of its kind was logged in the last minute. */
  public void warn(String kind, Supplier<String> line) {
    String more = take(kind);
    if (more != null) {
      log.warn("{}{}", line.get(), more);
    }
  }

  /** What the end of the line says; null if the line is to be left out. */
  private synchronized @Nullable String take(String name) {
    long now = nanoTime.getAsLong();
    boolean full = kinds.size() >= MAX_KINDS && !kinds.containsKey(name);
    if (full) {
      full = !kinds.values().removeIf(kind -> now - kind.lastNanos >= INTERVAL_NANOS);
    }
    Kind kind = kinds.computeIfAbsent(full ? "" : name, key -> new Kind());
    if (kind.logged && now - kind.lastNanos < INTERVAL_NANOS) {
      kind.unlogged++;
      return null;
    }
    String more =
        kind.unlogged == 0 ? "" : " (" + kind.unlogged + " more like this were not logged)";
    kind.logged = true;
    kind.lastNanos = now;
    kind.unlogged = 0;
    return more;
  }
}
