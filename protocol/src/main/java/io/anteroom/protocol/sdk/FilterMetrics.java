// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counters of a filter instance. Any thread may read them; only the instance writes them. They
 * outlive the instance, so that counting continues after a restart.
 */
public final class FilterMetrics {
  final LongAdder requested = new LongAdder();
  final LongAdder decided = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder undecided = new LongAdder();
  final LongAdder late = new LongAdder();
  final LongAdder lost = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder repeated = new LongAdder();
  final LongAdder resumed = new LongAdder();
  final LongAdder ended = new LongAdder();
  final LongAdder unknown = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder unacknowledged = new LongAdder();

  /** How many routers are attached and may send requests. */
  volatile int attached;

  /** Requests that arrived within the granted credits. */
  public long requested() {
    return requested.sum();
  }

  /** Verdicts that were sent; repetitions don't count. */
  public long decided() {
    return decided.sum();
  }

  /** Requests for which the filter threw, or its stage failed or returned null. */
  public long failed() {
    return failed.sum();
  }

  /**
   * Requests that the filter left {@linkplain io.anteroom.protocol.Decision.Undecided undecided}.
   */
  public long undecided() {
    return undecided.sum();
  }

  /** Requests without a verdict at their deadline; a later verdict is not sent. */
  public long late() {
    return late.sum();
  }

  /** Requests that a router sent and that did not arrive. */
  public long lost() {
    return lost.sum();
  }

  /** Requests and routers that were ignored because they exceeded the grant. */
  public long refused() {
    return refused.sum();
  }

  /** How often a verdict was sent again. */
  public long repeated() {
    return repeated.sum();
  }

  /** Verdicts that decided their query. */
  public long resumed() {
    return resumed.sum();
  }

  /** Verdicts about queries that had ended before. */
  public long ended() {
    return ended.sum();
  }

  /** Verdicts about unknown queries. */
  public long unknown() {
    return unknown.sum();
  }

  /** Verdicts that a node rejected. */
  public long rejected() {
    return rejected.sum();
  }

  /** Verdicts that were not acknowledged before the query's deadline. */
  public long unacknowledged() {
    return unacknowledged.sum();
  }

  @Override
  public String toString() {
    return "requested=%d decided=%d failed=%d undecided=%d late=%d lost=%d refused=%d"
            .formatted(requested(), decided(), failed(), undecided(), late(), lost(), refused())
        + " repeated=%d resumed=%d ended=%d unknown=%d rejected=%d unacknowledged=%d"
            .formatted(repeated(), resumed(), ended(), unknown(), rejected(), unacknowledged());
  }
}
