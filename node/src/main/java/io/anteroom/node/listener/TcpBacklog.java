// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that all TCP connections of a node hold together: those that were read and not taken
 * yet, and answers that clients have not read. Safe for any thread.
 *
 * <p>Of each kind a connection may hold {@value #OWN} bytes that are not counted. Beyond them it
 * may hold a sixteenth of what the others leave of the bound. So the first connections that hoard
 * get much, later ones less and less, and no connection that behaves has to be closed for them.
 */
final class TcpBacklog {
  /** Enough for a query that is still coming in, or for a few answers. */
  private static final int OWN = 4 << 10;

  private static final int SHARE = 16;
  private static final long LEAST = 4 << 20;

  private final long max;
  private final AtomicLong used = new AtomicLong();

  /** A backlog of so many bytes at most. */
  TcpBacklog(long max) {
    this.max = max;
  }

  /** A backlog that fits the heap of this process: a sixteenth of it, and 4 MiB at least. */
  static TcpBacklog ofHeap() {
    return new TcpBacklog(Math.max(LEAST, Runtime.getRuntime().maxMemory() / 16));
  }

  /**
   * Counts what a connection holds, which may be more or less than before.
   *
   * @param before the bytes of this kind that it held at the last call
   * @param now those that it holds
   * @return false if it holds more than its share, and must be closed
   */
  boolean change(long before, long now) {
    long counted = counted(now);
    long all = used.addAndGet(counted - counted(before));
    return counted == 0 || counted <= (max - (all - counted)) / SHARE;
  }

  private static long counted(long held) {
    return Math.max(0, held - OWN);
  }

  /** The bytes that are counted, of all connections. */
  long used() {
    return used.get();
  }
}
