// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A hash table of a fixed size for what is known by a hash of 64 bits: an entry is its key and a
 * few longs. Nothing is allocated once it is made. Any thread may use it, and none waits.
 *
 * <h2>Shape</h2>
 *
 * A key may stand in any of the 8 places of one bucket, which its low bits choose. When all are
 * taken, it gets the place of the entry that has been of no use for longest. If that one still was
 * of use, it has been evicted, and is counted.
 *
 * <h2>Concurrency</h2>
 *
 * A place changes hands by a compare-and-set of its key, an entry's state by one of its long. What
 * two threads do with one entry is exact. When a place changes hands while another thread is about
 * to count there, one event may be counted for the new key, or not at all: that takes a full bucket
 * and two threads in the same few nanoseconds, and costs one in a count of many.
 */
abstract class KeyedCells {
  /** The key that is nobody's; a hash that comes out so is taken for the next one. */
  private static final long FREE = 0;

  private static final int NONE = -1;
  private static final int WAYS = 8;
  private static final int ATTEMPTS = 4;

  /** The states of all entries, each behind its key. */
  final AtomicLongArray cells;

  private final int stride;
  private final int lastBucket;
  private final Runnable onEvict;

  /**
   * A table.
   *
   * @param entries at least so many; rounded up to a power of two
   * @param states how many longs an entry has
   * @param onEvict counts what had to go though it was of use
   */
  KeyedCells(int entries, int states, Runnable onEvict) {
    int buckets = 1;
    while (buckets * WAYS < entries) {
      buckets *= 2;
    }
    this.stride = states + 1;
    this.lastBucket = buckets - 1;
    this.cells = new AtomicLongArray(buckets * WAYS * stride);
    this.onEvict = onEvict;
  }

  /** How many entries there is room for. */
  public final int capacity() {
    return cells.length() / stride;
  }

  /**
   * How long the entry with its states from here on has been of no use; below 0 if it is of use.
   */
  abstract long idle(int at, long now);

  /** Where the states of this key begin; negative if it has none. */
  final int find(long hash) {
    return find(bucket(key(hash)), key(hash));
  }

  /**
   * Where the states of this key begin, in a place of its own with zeros if it had none; negative
   * in the rare case that others took every such place meanwhile.
   */
  final int findOrClaim(long hash, long now) {
    long key = key(hash);
    int bucket = bucket(key);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int found = find(bucket, key);
      int at = found < 0 ? claim(bucket, key, now) : found;
      if (at >= 0) {
        return at;
      }
    }
    return NONE;
  }

  private int find(int bucket, long key) {
    for (int way = 0; way < WAYS; way++) {
      int at = bucket + way * stride;
      if (cells.getAcquire(at) == key) {
        return at + 1;
      }
    }
    return NONE;
  }

  private int claim(int bucket, long key, long now) {
    int place = bucket;
    long there = FREE;
    long longest = Long.MIN_VALUE;
    for (int way = 0; way < WAYS && longest < Long.MAX_VALUE; way++) {
      int at = bucket + way * stride;
      long other = cells.getAcquire(at);
      long idle = other == FREE ? Long.MAX_VALUE : idle(at + 1, now);
      if (idle > longest) {
        longest = idle;
        place = at;
        there = other;
      }
    }
    if (!cells.compareAndSet(place, there, key)) {
      return NONE;
    }
    for (int state = 1; state < stride; state++) {
      cells.setRelease(place + state, 0);
    }
    if (longest < 0) {
      onEvict.run();
    }
    return place + 1;
  }

  private static long key(long hash) {
    return hash == FREE ? 1 : hash;
  }

  private int bucket(long key) {
    return ((int) key & lastBucket) * WAYS * stride;
  }
}
