// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import java.time.Clock;
import java.util.concurrent.atomic.LongAdder;

/** Number of reloads of the configuration, and the time of the last one. Thread-safe. */
public final class Reloads {
  private final Clock clock;
  private final LongAdder succeeded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile long lastSeconds;

  /** Starts at zero reloads; the initial configuration counts as loaded now. */
  public Reloads(Clock clock) {
    this.clock = clock;
    this.lastSeconds = clock.instant().getEpochSecond();
  }

  void count(boolean success) {
    if (success) {
      lastSeconds = clock.instant().getEpochSecond();
      succeeded.increment();
    } else {
      failed.increment();
    }
  }

  public long succeeded() {
    return succeeded.sum();
  }

  public long failed() {
    return failed.sum();
  }

  /** When the current configuration was loaded, in seconds since 1970. */
  public long lastSeconds() {
    return lastSeconds;
  }
}
