// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

/**
 * How many verdicts about queries that did not ask here are looked into, of one member. After a
 * shard has moved there are some; a member that sends them all the time has another reason, and
 * each starts an entity only to find that there is no such query. For one thread.
 */
final class StrayLimit {
  /** At once, after a pause; as many as cost the event loop a tenth of a second. */
  static final int BURST = 2_000;

  static final int PER_SECOND = 2_000;

  private static final long NANOS_EACH = 1_000_000_000L / PER_SECOND;

  private int left = BURST;
  private long sinceNanos;

  StrayLimit(long nowNanos) {
    this.sinceNanos = nowNanos;
  }

  /** Whether one more is looked into now. */
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
