// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import java.util.concurrent.atomic.LongAdder;

/**
 * What a filter instance has done since it was started. Read by any thread, written by the
 * instance; it outlives the instance, so that a member that was started again goes on counting.
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

  /** How many dispatchers of nodes may send requests now. */
  volatile int attached;

  /** Requests that came in and were within the credits. */
  public long requested() {
    return requested.sum();
  }

  /** Verdicts that were sent, each counted once. */
  public long decided() {
    return decided.sum();
  }

  /** Requests for which the filter threw an exception, or its stage failed or gave null. */
  public long failed() {
    return failed.sum();
  }

  /**
   * Requests that the filter left {@linkplain io.anteroom.protocol.Decision.Undecided undecided}.
   */
  public long undecided() {
    return undecided.sum();
  }

  /** Requests whose verdict was not there at their deadline; one that comes later is not sent. */
  public long late() {
    return late.sum();
  }

  /** Requests that were sent and did not arrive. */
  public long lost() {
    return lost.sum();
  }

  /** Requests and dispatchers that were ignored, being more than was granted. */
  public long refused() {
    return refused.sum();
  }

  /** How often a verdict was sent again. */
  public long repeated() {
    return repeated.sum();
  }

  /** Verdicts that counted. */
  public long resumed() {
    return resumed.sum();
  }

  /** Verdicts about queries that had ended before. */
  public long ended() {
    return ended.sum();
  }

  /** Verdicts about queries that nobody knows. */
  public long unknown() {
    return unknown.sum();
  }

  /** Verdicts that a node did not take, from this instance or at all. */
  public long rejected() {
    return rejected.sum();
  }

  /** Verdicts of which nobody said what became of them while the query had time. */
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
