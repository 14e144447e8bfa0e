// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Hashed timer wheel: deadlines of many entries behind one timer, with 2,048 slots of 4.2 ms.
 * Adding, removing and expiring an entry take a few pointer writes and no allocation. Confined to
 * one thread at a time.
 *
 * <h2>How it works</h2>
 *
 * An entry is in the linked list of the slot of its deadline. An entry whose deadline is more than
 * one turn (8.6 s) ahead is in the farthest slot and is put into a later one when that slot is due.
 * A slot is emptied only after its whole interval has passed, so an entry never expires early, and
 * expires at most one slot plus the timer's own error late.
 */
final class DeadlineWheel {
  private static final int SLOTS = 2048;
  private static final int SHIFT = 22;

  /**
   * One less than the last slot, so that an entry that is put off never returns to the slot it
   * left.
   */
  private static final int FARTHEST = SLOTS - 2;

  /** Length of a slot in nanoseconds. */
  static final long TICK_NANOS = 1L << SHIFT;

  private final @Nullable Entry[] slots = new @Nullable Entry[SLOTS];

  /** Number of the first slot that has not been emptied, in ticks since nanosecond 0. */
  private long cursor;

  private int size;

  /** An entry with a deadline. It is in at most one wheel. */
  abstract static class Entry {
    private long dueNanos;
    private int slot = -1;
    private @Nullable Entry previous;
    private @Nullable Entry next;

    final long dueNanos() {
      return dueNanos;
    }
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** Adds an entry that is in no wheel. */
  void add(Entry entry, long dueNanos, long nowNanos) {
    if (size == 0) {
      cursor = nowNanos >> SHIFT;
    }
    entry.dueNanos = dueNanos;
    link(entry);
    size++;
  }

  /** Removes an entry; nothing happens if it is not in the wheel. */
  void remove(Entry entry) {
    if (entry.slot >= 0) {
      unlink(entry);
      size--;
    }
  }

  /** Removes an entry that is due and returns it; null if there is none. */
  @Nullable Entry poll(long nowNanos) {
    long now = nowNanos >> SHIFT;
    while (size > 0 && cursor - now < 0) {
      Entry entry = slots[(int) cursor & (SLOTS - 1)];
      if (entry == null) {
        cursor++;
        continue;
      }
      unlink(entry);
      if (entry.dueNanos - nowNanos <= 0) {
        size--;
        return entry;
      }
      // When it was added, its deadline was more than a turn ahead.
      cursor++;
      link(entry);
      cursor--;
    }
    return null;
  }

  /** Nanoseconds from now until the current slot has passed. */
  static long untilNextTick(long nowNanos) {
    return TICK_NANOS - (nowNanos & (TICK_NANOS - 1));
  }

  private void link(Entry entry) {
    long tick = Math.max(0, Math.min((entry.dueNanos >> SHIFT) - cursor, FARTHEST)) + cursor;
    int slot = (int) tick & (SLOTS - 1);
    Entry head = slots[slot];
    entry.slot = slot;
    entry.next = head;
    if (head != null) {
      head.previous = entry;
    }
    slots[slot] = entry;
  }

  private void unlink(Entry entry) {
    Entry previous = entry.previous;
    Entry next = entry.next;
    if (previous == null) {
      slots[entry.slot] = next;
    } else {
      previous.next = next;
    }
    if (next != null) {
      next.previous = previous;
    }
    entry.slot = -1;
    entry.previous = null;
    entry.next = null;
  }
}
