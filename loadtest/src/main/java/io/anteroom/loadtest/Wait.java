// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Waits for what other threads and processes bring about. */
final class Wait {
  private static final long LOOK_NANOS = 200_000;

  private Wait() {}

  /** Waits for a condition, at most so long; returns whether it holds. */
  static boolean until(BooleanSupplier condition, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return true;
  }

  /** Waits until a figure has come to its goal, or has stood still for so long. */
  static boolean until(LongSupplier figure, long goal, Duration still) {
    long last = figure.getAsLong();
    while (last < goal) {
      long before = last;
      until(() -> figure.getAsLong() != before, still);
      last = figure.getAsLong();
      if (last == before) {
        return false;
      }
    }
    return true;
  }

  /** Lets so much time pass. */
  static void pass(Duration time) {
    untilNanos(System.nanoTime() + time.toNanos());
  }

  /** Waits until the time has come, on the clock of {@code System.nanoTime()}. */
  static void untilNanos(long time) {
    for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
