// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Logs what a filter throws, but not more often than somebody can read. */
final class FailureLog {
  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

  private final Logger log;
  private final int asyncId;
  private boolean logged;
  private long lastNs;
  private long unlogged;

  FailureLog(Logger log, int asyncId) {
    this.log = log;
    this.asyncId = asyncId;
  }

  /** Takes one failure; null if the filter gave no verdict without saying why. */
  void log(@Nullable Throwable failure, long nowNs) {
    if (logged && nowNs - lastNs < INTERVAL_NS) {
      unlogged++;
      return;
    }
    log.warn(
        "filter {} gave no verdict; {} such failures were not logged", asyncId, unlogged, failure);
    logged = true;
    lastNs = nowNs;
    unlogged = 0;
  }
}
