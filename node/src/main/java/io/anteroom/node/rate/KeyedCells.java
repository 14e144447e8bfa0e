// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A hash table of fixed size whose keys are 64-bit hashes; an entry is its key and a few longs. It
 * allocates nothing after its creation. Thread-safe and free of locks.
 *
 * <h2>Shape</h2>
 *
 * A key may be in any of the 8 slots of one bucket, which its low bits select. If all are taken, it
 * replaces the entry that has been idle for longest. If that entry was not idle, this is an
 * eviction, which is counted.
 *
 * <h2>Concurrency</h2>
 *
 * The key of a slot changes by compare-and-set, and so does the state of an entry. Concurrent
 * updates of one entry are exact. If a slot gets a new key while another thread is about to count
 * there, one event may be counted for the new key or be lost. That takes a full bucket and two
 * threads within a few nanoseconds, and changes a count by one.
 */
abstract class KeyedCells {
  /** The key of an empty slot; a hash of this value is replaced by the next one. */
  private static final long FREE = 0;

  private static final int NONE = -1;
  private static final int WAYS = 8;
  private static final int ATTEMPTS = 4;

  /** The states of all entries, each after its key. */
  final AtomicLongArray cells;

  private final int stride;
  private final int lastBucket;
  private final Runnable onEvict;

  /**
   * Creates a table.
   *
   * @param entries the minimum number of entries; rounded up to a power of two
   * @param states the number of longs of an entry
   * @param onEvict counts evictions of entries that were not idle
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

  /** The number of entries that fit. */
  public final int capacity() {
    return cells.length() / stride;
  }

  /** How long the entry whose states start here has been idle; negative if it is in use. */
  abstract long idle(int at, long now);

  /** The index of the first state of this key; negative if it has no entry. */
  final int find(long hash) {
    return find(bucket(key(hash)), key(hash));
  }

  /**
   * The index of the first state of this key, in a new entry of zeros if it had none; negative in
   * the rare case that other threads took every slot meanwhile.
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
