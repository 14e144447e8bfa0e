// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.SuspensionKey;
import java.util.concurrent.TimeUnit;

/**
 * A request that the filter was asked about. It is kept until its verdict is settled, or its time
 * is up, for what is logged then names the query.
 */
final class Asked {
  private final Link link;
  private final FilterRequest request;
  private final long deadlineNs;

  Asked(Link link, FilterRequest request, long nowNs) {
    this.link = link;
    this.request = request;
    // An hour is more than any query waits, and keeps garbage from overflowing.
    long micros = Math.min(request.remainingMicros(), TimeUnit.HOURS.toMicros(1));
    this.deadlineNs = nowNs + TimeUnit.MICROSECONDS.toNanos(micros);
  }

  /** Where it came from. */
  Link link() {
    return link;
  }

  FilterRequest request() {
    return request;
  }

  SuspensionKey key() {
    return request.key();
  }

  boolean isOver(long nowNs) {
    return nowNs - deadlineNs >= 0;
  }
}
