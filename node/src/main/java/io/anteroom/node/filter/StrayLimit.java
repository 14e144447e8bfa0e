// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

/**
 * Rate limit on the stray verdicts of one cluster member. A few are normal after a shard has moved.
 * A constant flow is not, and each one starts an entity only to find that there is no such query.
 * For one thread.
 */
final class StrayLimit {
  /** Verdicts admitted at once after a pause; they cost the event loop about 0.1 s. */
  static final int BURST = 2_000;

  static final int PER_SECOND = 2_000;

  private static final long NANOS_EACH = 1_000_000_000L / PER_SECOND;

  private int left = BURST;
  private long sinceNanos;

  StrayLimit(long nowNanos) {
    this.sinceNanos = nowNanos;
  }

  /** Whether one more stray verdict is processed now. */
  boolean admits(long nowNanos) {
    long refilled = (nowNanos - sinceNanos) / NANOS_EACH;
    if (refilled > 0) {
      left = (int) Math.min(BURST, left + refilled);
      sinceNanos += refilled * NANOS_EACH;
    }
    if (left == 0) {
      return false;
    }
    left--;
    return true;
  }
}
