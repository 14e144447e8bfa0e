// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Limits Pekko's log to a burst of {@value #BURST} lines, and then one line per second. Anybody who
 * reaches the cluster port can cause some of these lines at any rate, and each may have a stack
 * trace. The next line that is logged says how many were suppressed. Used by logback.xml;
 * thread-safe.
 */
public final class LibraryLogLimit extends TurboFilter {
  static final int BURST = 50;

  private static final long NANOS_EACH = 1_000_000_000L;
  private static final String LIMITED = "org.apache.pekko";

  private long left = BURST;
  private long sinceNanos = System.nanoTime();
  private long leftOut;

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] arguments,
      @Nullable Throwable failure) {
    if (!logger.getName().startsWith(LIMITED)
        || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
      return FilterReply.NEUTRAL;
    }
    long missing = take(System.nanoTime());
    if (missing < 0) {
      return FilterReply.DENY;
    } else if (missing > 0) {
      LoggerFactory.getLogger(LibraryLogLimit.class)
          .warn("{} lines of Pekko were left out, as there were too many", missing);
    }
    return FilterReply.NEUTRAL;
  }

  /** The number of lines suppressed before this one; negative if this one is suppressed. */
  synchronized long take(long nowNanos) {
    long refilled = (nowNanos - sinceNanos) / NANOS_EACH;
    left = Math.min(BURST, left + refilled);
    sinceNanos += refilled * NANOS_EACH;
    if (left == 0) {
      leftOut++;
      return -1;
    }
    left--;
    long missing = leftOut;
    leftOut = 0;
    return missing;
  }
}
