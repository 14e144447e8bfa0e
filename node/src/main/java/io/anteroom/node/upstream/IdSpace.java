// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

/**
 * The 65,536 message ids of one socket or connection (RFC 5452 section 4.3: unpredictable, over the
 * whole range). Uses 8 KiB.
 *
 * <p>A taken id is not used again until it is released. A UDP socket never releases ids, so a late
 * or duplicate answer can't be taken for the answer to another query, and can be told from a forged
 * one. A TCP connection, on which off-path forging is not possible, releases ids.
 */
final class IdSpace {
  /** What {@link #take} returns when all ids are taken. */
  static final int NONE = -1;

  static final int SIZE = 1 << 16;

  /**
   * Random draws before taking the next free id. With half of the ids taken, two draws are needed
   * on average.
   */
  private static final int DRAWS = 16;

  private final RandomBits random;
  private final long[] taken = new long[SIZE / Long.SIZE];
  private int size;

  IdSpace(RandomBits random) {
    this.random = random;
  }

  /** A random id that is not taken, or {@link #NONE}. */
  int take() {
    if (size == SIZE) {
      return NONE;
    }
    int id = random.next16();
    for (int draws = 1; isTaken(id) && draws < DRAWS; draws++) {
      id = random.next16();
    }
    while (isTaken(id)) {
      id = (id + 1) & (SIZE - 1);
    }
    taken[id >> 6] |= 1L << id;
    size++;
    return id;
  }

  void release(int id) {
    if (isTaken(id)) {
      taken[id >> 6] &= ~(1L << id);
      size--;
    }
  }

  boolean isTaken(int id) {
    return (taken[id >> 6] & (1L << id)) != 0;
  }

  /** Number of ids taken. */
  int size() {
    return size;
  }
}
