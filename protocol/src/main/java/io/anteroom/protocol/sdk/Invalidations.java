// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Invalidations that no node has confirmed yet. They outlive the instances of a member that
 * rejoins. Thread-safe.
 */
final class Invalidations implements Invalidator {
  /** One more turns them into one invalidation of all names. */
  static final int MAX = 1000;

  private final Map<Long, Entry> open = new LinkedHashMap<>();
  private Runnable wake = () -> {};

  /** An invalidation; its name is empty for all names. */
  static final class Entry {
    final long id = ThreadLocalRandom.current().nextLong();
    final String name;
    final boolean subtree;
    private boolean sent;
    private long sentNs;

    Entry(String name, boolean subtree) {
      this.name = name;
      this.subtree = subtree;
    }
  }

  @Override
  public void invalidate(String name) {
    add(new Entry(checked(name), false));
  }

  @Override
  public void invalidateSubtree(String name) {
    add(new Entry(checked(name), true));
  }

  @Override
  public void invalidateAll() {
    add(new Entry("", false));
  }

  private static String checked(String name) {
    if (name.isEmpty() || name.length() > Verdict.MAX_NAME_TEXT) {
      throw new IllegalArgumentException(
          "a name has 1 to " + Verdict.MAX_NAME_TEXT + " characters in presentation form");
    }
    return name;
  }

  private void add(Entry entry) {
    Runnable woken;
    synchronized (this) {
      Entry added = open.size() < MAX ? entry : new Entry("", false);
      if (added.name.isEmpty()) {
        open.clear();
      }
      open.put(added.id, added);
      woken = wake;
    }
    woken.run();
  }

  /** Sets the callback that is run when there is a new invalidation to send. */
  synchronized void wakes(Runnable sender) {
    wake = sender;
  }

  /** Those that were not sent since that time; marks them as sent now. */
  synchronized List<Entry> due(long sinceNs, long nowNs) {
    List<Entry> due = new ArrayList<>();
    for (Entry entry : open.values()) {
      if (!entry.sent || entry.sentNs - sinceNs <= 0) {
        entry.sent = true;
        entry.sentNs = nowNs;
        due.add(entry);
      }
    }
    return due;
  }

  /** A node has confirmed it. */
  synchronized void confirm(long id) {
    open.remove(id);
  }

  synchronized boolean isEmpty() {
    return open.isEmpty();
  }
}
