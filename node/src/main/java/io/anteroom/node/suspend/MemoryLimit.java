// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Query;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory the queries take that this node's origins have suspended, of all services, by
 * estimate. Safe for any thread.
 */
final class MemoryLimit {
  /**
   * What a waiting query takes apart from its messages: the entity with its actor, timer and shard
   * entry, the dispatcher's and the origin's records. Measured by `loadtest/suspension/memory`.
   */
  static final long OVERHEAD = 2_560;

  private final long max;
  private final AtomicLong used = new AtomicLong();

  MemoryLimit(long max) {
    this.max = max;
  }

  /** An estimate, the same for a query whenever it is asked. */
  static long bytes(Query query) {
    return OVERHEAD + query.wire().bytes().length;
  }

  /** Takes room for a query; false if there is none. */
  boolean acquire(Query query) {
    long bytes = bytes(query);
    if (used.addAndGet(bytes) > max) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void release(Query query) {
    used.addAndGet(-bytes(query));
  }

  long used() {
    return used.get();
  }
}
