// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs that a socket could not be opened, which nearly always means that the process has too few
 * file descriptors. It logs at most one line a minute, for all sockets together. Thread-safe.
 */
public final class Shortage {
  private static final Logger LOG = LoggerFactory.getLogger(Shortage.class);
  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final AtomicLong SAID = new AtomicLong(System.nanoTime() - QUIET_NANOS);

  private Shortage() {}

  /**
   * Reports a failure.
   *
   * @param what could not be done, for the log
   */
  public static void tell(String what, Throwable cause) {
    long now = System.nanoTime();
    long said = SAID.get();
    if (now - said >= QUIET_NANOS && SAID.compareAndSet(said, now)) {
      LOG.warn(
          "{}: {}; {} of {} file descriptors are in use (said once a minute)",
          what,
          String.valueOf(cause.getMessage()),
          Descriptors.open(),
          Descriptors.limit());
    }
  }
}
