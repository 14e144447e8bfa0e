// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Query;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the estimated memory of all queries that this node's origins have suspended, for all
 * services together. Safe for any thread.
 */
final class MemoryLimit {
  /**
   * Memory of a suspended query in bytes, without its messages: the entity with its actor, timer
   * and entry in its shard, and the records of origin and router. Measured with 185,000 suspended
   * queries: 2,190 bytes of live heap each, with messages of 42 bytes and compressed pointers.
   */
  static final long OVERHEAD = 2_150;

  private final long max;
  private final AtomicLong used = new AtomicLong();

  MemoryLimit(long max) {
    this.max = max;
  }

  /** The estimate for a query in bytes; always the same for the same query. */
  static long bytes(Query query) {
    byte[] answer = query.answer();
    byte[] asked = query.asked().bytes();
    byte[] now = query.wire().bytes();
    Continuation continuation = query.continuation();
    return OVERHEAD
        + (continuation == null ? 0 : continuation.bytes())
        + now.length
        + (asked == now ? 0 : asked.length)
        + (answer == null ? 0 : answer.length);
  }

  /** Adds the memory of a query; false if that would exceed the limit. */
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
