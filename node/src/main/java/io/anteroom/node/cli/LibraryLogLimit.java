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
 * Limits the log of a library to a burst of {@value #BURST} lines, and then one line per second.
 * Anybody who reaches the cluster port can cause some of Pekko's lines at any rate, and a client
 * may find one of Netty's; each may have a stack trace. The next line that is logged says how many
 * were suppressed. Used by logback.xml, once for each library; thread-safe.
 */
public final class LibraryLogLimit extends TurboFilter {
  static final int BURST = 50;

  private static final long NANOS_EACH = 1_000_000_000L;
  private String library = "org.apache.pekko";

  private long left = BURST;
  private long sinceNanos = System.nanoTime();
  private long leftOut;

  /** Sets the library, as the beginning of the names of its loggers; for logback.xml. */
  public void setLibrary(String prefix) {
    library = prefix;
  }

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] arguments,
      @Nullable Throwable failure) {
    if (isQuestion(format, failure)
        || !logger.getName().startsWith(library)
        || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
      return FilterReply.NEUTRAL;
    }
    long missing = take(System.nanoTime());
    if (missing < 0) {
      return FilterReply.DENY;
    } else if (missing > 0) {
      LoggerFactory.getLogger(LibraryLogLimit.class)
          .warn("{} lines of {} were left out, as there were too many", missing, library);
    }
    return FilterReply.NEUTRAL;
  }

  /** Whether a library asks if it may log, and does not yet do so. */
  private static boolean isQuestion(@Nullable String format, @Nullable Throwable failure) {
    return format == null && failure == null;
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
