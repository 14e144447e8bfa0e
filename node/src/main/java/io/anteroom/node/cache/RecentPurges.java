// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import java.util.function.Predicate;

/**
 * The last purges of a cache, so that what was asked before one and comes after it stays out.
 *
 * <p>Whoever asks notes {@link #count}; when the answer is there, {@link #since} tells whether a
 * purge meanwhile meant it. Purges that are no longer known count as having meant everything. The
 * cache must note a purge before it looks for what has to go, and ask once more after it has put
 * something in: then one of the two sees the other. Safe for any thread.
 */
final class RecentPurges {
  private static final int KEPT = 256;

  private volatile Purge[] last = {};
  private volatile long count;

  /** How many there were. */
  long count() {
    return count;
  }

  synchronized void add(Purge purge) {
    int kept = Math.min(last.length, KEPT - 1);
    Purge[] next = new Purge[kept + 1];
    System.arraycopy(last, last.length - kept, next, 0, kept);
    next[kept] = purge;
    last = next;
    // After the array: who sees the count sees the purge too.
    count++;
  }

  /** Whether one of those that came since then meant this. */
  boolean since(long then, Predicate<Purge> meant) {
    if (count == then) {
      return false;
    }
    Purge[] known;
    long news;
    synchronized (this) {
      known = last;
      news = count - then;
    }
    if (news > known.length) {
      return true;
    }
    for (int i = known.length - (int) news; i < known.length; i++) {
      if (meant.test(known[i])) {
        return true;
      }
    }
    return false;
  }
}
