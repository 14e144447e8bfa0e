// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import java.time.Clock;
import java.util.concurrent.atomic.LongAdder;

/** How often the configuration was loaded again, and when last. Safe for any thread. */
public final class Reloads {
  private final Clock clock;
  private final LongAdder succeeded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile long lastSeconds;

  /** None yet; what the node was started with counts as loaded now. */
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

  /** When the configuration was loaded that holds now, in seconds since 1970. */
  public long lastSeconds() {
    return lastSeconds;
  }
}
