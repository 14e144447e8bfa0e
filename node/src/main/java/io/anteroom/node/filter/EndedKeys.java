// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.SuspensionKey;

/**
 * The keys of the suspensions that ended last on this node. They tell a late or second verdict from
 * a verdict for a key that never existed. Used by the thread of the sharding actors only.
 *
 * <p>Every suspension adds its key, so the keys are in two arrays, without objects: a ring in the
 * order in which they ended, and a hash table with linear probing, at most half full. When a key
 * leaves the ring, the keys behind it in the table move up (Knuth, TAOCP 6.4, algorithm R), so
 * there are no tombstones and no rehashing.
 *
 * <p>A key is stored as one number made of both its parts. Two keys with the same number can't be
 * told apart; the probability that one of 65,536 keys has a given number is 2^-47.
 */
public final class EndedKeys {
  /** Number of keys that a node remembers: 65,536. */
  public static final int CAPACITY = 1 << 16;

  /** Marks an empty slot; {@link #number} never returns it. */
  private static final long NONE = 0;

  private final long[] ring;
  private final long[] table;
  private final int mask;
  private int next;

  public EndedKeys() {
    this(CAPACITY);
  }

  /** Creates a table for this many keys, a power of two. */
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

  /** The slot of the number, or the empty slot where it would be stored. */
  private int find(long number) {
    int slot = home(number);
    while (table[slot] != NONE && table[slot] != number) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** The first slot to probe for a number; the bits above the shard are random. */
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
