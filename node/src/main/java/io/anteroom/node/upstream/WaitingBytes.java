// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Bound on the memory of all queries that wait for upstream servers, over all pools and event loops
 * of a node. A bound on their number alone would not suffice, as there are many servers and a query
 * may have two kilobytes. Safe for any thread and lock-free; each event loop may exceed the bound
 * by one query.
 *
 * <p>A client may use up to half of the memory that is free at that moment. So a client that asks
 * for names which are never answered gets at most a third of the bound, many such clients together
 * leave some to others, and a client without waiting queries always finds room.
 */
public final class WaitingBytes {
  /** Bytes per query besides its message: the pending request, the lookup and the message sent. */
  private static final int OVERHEAD = 1_024;

  private static final int SHARE_BITS = 12;
  private static final int SHARES = 1 << SHARE_BITS;

  private final long max;
  private final LongAdder used = new LongAdder();

  /** Bytes by a hash of the client's address; several clients may share an entry. */
  private final AtomicLongArray shares = new AtomicLongArray(SHARES);

  private final int seed = ThreadLocalRandom.current().nextInt() | 1;

  /** A bound in bytes. */
  WaitingBytes(long max) {
    this.max = max;
  }

  /** A bound of an eighth of the maximum heap. */
  public static WaitingBytes ofHeap() {
    return new WaitingBytes(Runtime.getRuntime().maxMemory() / 8);
  }

  /**
   * Reserves memory for a query, until it is {@linkplain #release released}.
   *
   * @param client that asks; null for the node itself
   * @return number of bytes reserved; 0 if the bound is reached
   */
  int take(WireQuery query, @Nullable InetAddress client) {
    int bytes = OVERHEAD + query.bytes().length;
    long left = max - used.sum();
    if (bytes > left || (client != null && bytes + shares.get(share(client)) > left / 2)) {
      return 0;
    }
    add(bytes, client);
    return bytes;
  }

  void release(int bytes, @Nullable InetAddress client) {
    add(-bytes, client);
  }

  private void add(int bytes, @Nullable InetAddress client) {
    used.add(bytes);
    if (client != null) {
      shares.addAndGet(share(client), bytes);
    }
  }

  private int share(InetAddress client) {
    return (client.hashCode() * seed) >>> (Integer.SIZE - SHARE_BITS);
  }

  /** Number of bytes reserved. */
  long used() {
    return used.sum();
  }
}
