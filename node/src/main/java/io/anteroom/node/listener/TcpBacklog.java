// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bound on the bytes that all TCP connections of a node hold in memory together: queries read but
 * not taken yet, and answers that clients have not read. Safe for any thread.
 *
 * <p>Of each kind, {@value #OWN} bytes per connection are not counted. Beyond that, a connection
 * may hold a sixteenth of what the other connections leave of the bound. So the first connections
 * that accumulate data may hold much, later ones less and less, and well-behaved connections never
 * have to be closed because of them.
 */
final class TcpBacklog {
  /** Enough for a query of which a part is missing, or for a few answers. */
  private static final int OWN = 4 << 10;

  private static final int SHARE = 16;
  private static final long LEAST = 4 << 20;

  private final long max;
  private final AtomicLong used = new AtomicLong();

  /** A backlog with this bound in bytes. */
  TcpBacklog(long max) {
    this.max = max;
  }

  /** A backlog with a bound of a sixteenth of the maximum heap, at least 4 MiB. */
  static TcpBacklog ofHeap() {
    return new TcpBacklog(Math.max(LEAST, Runtime.getRuntime().maxMemory() / 16));
  }

  /**
   * Updates the bytes of one kind that a connection holds.
   *
   * @param before the bytes at the last call
   * @param now the bytes that it holds now
   * @return false if the connection holds more than its share and must be closed
   */
  boolean change(long before, long now) {
    long counted = counted(now);
    long all = used.addAndGet(counted - counted(before));
    return counted == 0 || counted <= (max - (all - counted)) / SHARE;
  }

  private static long counted(long held) {
    return Math.max(0, held - OWN);
  }

  /** The counted bytes of all connections. */
  long used() {
    return used.get();
  }
}
