// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Lets one line of a kind into the log per interval, and tells how many were left out. Safe for any
 * thread.
 */
public final class LogLimit {
  private final long intervalNanos;
  private final LongSupplier nanoTime;
  private boolean logged;
  private long lastNanos;
  private long unlogged;

  public LogLimit(Duration interval, LongSupplier nanoTime) {
    this.intervalNanos = interval.toNanos();
    this.nanoTime = nanoTime;
  }

  /**
   * Runs {@code log} unless a line was logged within the interval.
   *
   * @param log gets words about the lines that were left out since the last one, to be put at the
   *     end of the line; empty if there were none
   */
  public void log(Consumer<String> log) {
    String more;
    synchronized (this) {
      long now = nanoTime.getAsLong();
      if (logged && now - lastNanos < intervalNanos) {
        unlogged++;
        return;
      }
      logged = true;
      lastNanos = now;
      more = unlogged == 0 ? "" : " (" + unlogged + " more like this were not logged)";
      unlogged = 0;
    }
    log.accept(more);
  }
}
