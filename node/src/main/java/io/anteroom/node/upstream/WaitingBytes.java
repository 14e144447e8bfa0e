// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The memory of all queries that wait for upstream servers, of all pools and event loops of a node.
 * Their number alone is no bound: there are many servers, and a query may have two kilobytes. Safe
 * for any thread and without a lock; each event loop may exceed the bound by one query.
 *
 * <p>A client may have half of what is left. So one that asks for names which nobody answers gets a
 * third of all, many of them together leave some to others, and who has nothing there always finds
 * room.
 */
public final class WaitingBytes {
  /** What a query takes beside its bytes: who waits, the lookup, and the message that was sent. */
  private static final int OVERHEAD = 1_024;

  private static final int SHARE_BITS = 12;
  private static final int SHARES = 1 << SHARE_BITS;

  private final long max;
  private final LongAdder used = new LongAdder();

  /** By a hash of the client's address; some clients share one. */
  private final AtomicLongArray shares = new AtomicLongArray(SHARES);

  private final int seed = ThreadLocalRandom.current().nextInt() | 1;

  /** A bound in bytes. */
  WaitingBytes(long max) {
    this.max = max;
  }

  /** An eighth of the heap of this process. */
  public static WaitingBytes ofHeap() {
    return new WaitingBytes(Runtime.getRuntime().maxMemory() / 8);
  }

  /**
   * Has a query count, until it is {@linkplain #release released}.
   *
   * @param client who asks; null for the node itself
   * @return how many bytes count; 0 if there is no room
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

  /** How many bytes are counted. */
  long used() {
    return used.sum();
  }
}
