// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.wire.WireQuery;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory of all queries that wait for upstream servers, of all pools and event loops of a node.
 * Their number alone is no bound: there are many servers, and a query may have two kilobytes. Safe
 * for any thread and without a lock; each event loop may exceed the bound by one query.
 */
public final class WaitingBytes {
  /** What a query takes beside its bytes: who waits, the lookup, and the message that was sent. */
  private static final int OVERHEAD = 1_024;

  private final long max;
  private final LongAdder used = new LongAdder();

  /** A bound in bytes. */
  WaitingBytes(long max) {
    this.max = max;
  }

  /** An eighth of the heap of this process. */
  public static WaitingBytes ofHeap() {
    return new WaitingBytes(Runtime.getRuntime().maxMemory() / 8);
  }

  /** Has a query count, until what is returned is {@linkplain #release released}; 0 if full. */
  int take(WireQuery query) {
    int bytes = OVERHEAD + query.bytes().length;
    if (used.sum() + bytes > max) {
      return 0;
    }
    used.add(bytes);
    return bytes;
  }

  void release(int bytes) {
    used.add(-bytes);
  }

  /** How many bytes are counted. */
  long used() {
    return used.sum();
  }
}
