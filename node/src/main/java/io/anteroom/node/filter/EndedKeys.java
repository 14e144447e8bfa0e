// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.SuspensionKey;

/**
 * The keys that ended last on this node, so that a late or second verdict is told from one for a
 * key that never was. For the thread of the sharding actors alone.
 *
 * <p>Every suspension ends here, so it is two arrays and no objects: a ring of the keys in the
 * order in which they ended, and an open-addressed table of the same keys, half full at most, with
 * linear probing. When a key leaves the ring, the keys behind it in the table move up (Knuth, TAOCP
 * 6.4, algorithm R), so nothing marks the deleted and the table never has to be built anew.
 *
 * <p>A key is held as one number, made of both of its parts. Two keys with the same number would be
 * taken for each other; that one of 65,536 has a given number is a chance of one in 2^47.
 */
public final class EndedKeys {
  /** How many keys a node remembers, 65,536. */
  public static final int CAPACITY = 1 << 16;

  /** Marks what is empty; no key has this number, since {@link #number} is never 0. */
  private static final long NONE = 0;

  private final long[] ring;
  private final long[] table;
  private final int mask;
  private int next;

  public EndedKeys() {
    this(CAPACITY);
  }

  /** Takes a power of two. */
  EndedKeys(int capacity) {
    ring = new long[capacity];
    table = new long[capacity * 2];
    mask = table.length - 1;
  }

  public void add(SuspensionKey key) {
    long number = number(key);
    int slot = find(number);
    if (table[slot] == number) {
      return;
    }
    long oldest = ring[next];
    if (oldest != NONE) {
      remove(oldest);
      slot = find(number);
    }
    table[slot] = number;
    ring[next] = number;
    next = (next + 1) & (ring.length - 1);
  }

  public boolean contains(SuspensionKey key) {
    long number = number(key);
    return table[find(number)] == number;
  }

  private static long number(SuspensionKey key) {
    return (key.queryId() ^ (key.asyncId() * 0x9E3779B97F4A7C15L)) | Long.MIN_VALUE;
  }

  /** The slot where the number is, or where it would go. */
  private int find(long number) {
    int slot = home(number);
    while (table[slot] != NONE && table[slot] != number) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Where a number would be if nothing were in its way; the bits above the shard are random. */
  private int home(long number) {
    return (int) (number >>> 12) & mask;
  }

  private void remove(long number) {
    int hole = find(number);
    int slot = hole;
    while (true) {
      slot = (slot + 1) & mask;
      if (table[slot] == NONE) {
        break;
      }
      int home = home(table[slot]);
      boolean staysReachable = ((slot - home) & mask) < ((slot - hole) & mask);
      if (!staysReachable) {
        table[hole] = table[slot];
        hole = slot;
      }
    }
    table[hole] = NONE;
  }
}
