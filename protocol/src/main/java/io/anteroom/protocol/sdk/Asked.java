// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.SuspensionKey;
import java.util.concurrent.TimeUnit;

/**
 * A request that was passed to the filter. It is kept until its verdict is acknowledged or its
 * deadline has passed, because log lines about it name the query.
 */
final class Asked {
  private final Link link;
  private final FilterRequest request;
  private final long deadlineNs;

  Asked(Link link, FilterRequest request, long nowNs) {
    this.link = link;
    this.request = request;
    // No query waits for longer than an hour; the limit prevents an overflow with invalid values.
    long micros = Math.min(request.remainingMicros(), TimeUnit.HOURS.toMicros(1));
    this.deadlineNs = nowNs + TimeUnit.MICROSECONDS.toNanos(micros);
  }

  /** The router that sent it. */
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
