// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The 16-bit DNS IDs of the messages that a datagram connector sends to its filter. A verdict names
 * its query by this ID only. For one thread.
 *
 * <p>An ID is free, live or resting. It becomes live when it is taken, and rests when its request
 * has ended, at the latest after the service's timeout. It rests for the timeout once more before
 * it is free again, so a verdict that is late by less than that can't hit another query. The ID
 * that has been free longest is taken first. The initial order is random, so that live IDs can't be
 * guessed.
 *
 * <p>Each ID is in the queue of its state. All IDs are live, and rest, for the same time, so the
 * head of a queue is due first. After a reload that shortens the timeout, IDs wait for the older
 * ones before them and become free later than necessary.
 *
 * @param <T> the object of a live ID
 */
final class CopyIds<T> {
  static final int SIZE = 1 << 16;

  /** No ID is free. */
  static final int NONE = -1;

  private enum State {
    FREE,
    LIVE,
    RESTING
  }

  private final LongSupplier timeoutNanos;
  private final IdQueue free = new IdQueue();
  private final IdQueue taken = new IdQueue();
  private final IdQueue resting = new IdQueue();

  /** The neighbours of each ID in its queue. */
  private final int[] previous;

  private final int[] next;
  private final State[] states;
  private final long[] dueNanos;
  private final List<@Nullable T> live;

  /**
   * Creates all 65,536 IDs, free.
   *
   * @param timeoutNanos the service's current timeout: how long an ID is live at most, and how long
   *     it rests
   */
  CopyIds(LongSupplier timeoutNanos, Random random) {
    this(SIZE, timeoutNanos, random);
  }

  /** Creates the IDs from 0 to {@code size} - 1. */
  CopyIds(int size, LongSupplier timeoutNanos, Random random) {
    this.timeoutNanos = timeoutNanos;
    this.previous = new int[size];
    this.next = new int[size];
    this.states = new State[size];
    this.dueNanos = new long[size];
    this.live = new ArrayList<>(Collections.nCopies(size, null));
    List<Integer> ids = new ArrayList<>(size);
    for (int id = 0; id < size; id++) {
      states[id] = State.FREE;
      ids.add(id);
    }
    Collections.shuffle(ids, random);
    ids.forEach(free::add);
  }

  /** The number of free IDs. */
  int free() {
    return free.size;
  }

  /** Whether no ID is live or resting. */
  boolean areAllFree() {
    return free.size == states.length;
  }

  /** Takes a free ID for {@code what}; {@link #NONE} if none is free. */
  int take(T what, long nowNanos) {
    if (free.size == 0) {
      return NONE;
    }
    int id = free.poll();
    change(id, State.LIVE, nowNanos);
    live.set(id, what);
    taken.add(id);
    return id;
  }

  /** The object of a live ID; null if the ID is not live or out of range. */
  @Nullable T find(int id) {
    return id < live.size() ? live.get(id) : null;
  }

  /** Whether the ID was live recently and is not free yet. */
  boolean isResting(int id) {
    return id < states.length && states[id] == State.RESTING;
  }

  /** Makes a live ID rest, because its request has ended. */
  void end(int id, long nowNanos) {
    taken.remove(id);
    live.set(id, null);
    change(id, State.RESTING, nowNanos);
    resting.add(id);
  }

  /**
   * Makes IDs rest that have been live for the timeout, and frees those that have rested for it.
   * Must be called before IDs are taken, at least once per timeout.
   *
   * @return the number of IDs that became free
   */
  int advance(long nowNanos) {
    while (taken.size > 0 && isDue(taken, nowNanos)) {
      end(taken.first, nowNanos);
    }
    int freed = 0;
    while (resting.size > 0 && isDue(resting, nowNanos)) {
      int id = resting.poll();
      change(id, State.FREE, nowNanos);
      free.add(id);
      freed++;
    }
    return freed;
  }

  private boolean isDue(IdQueue queue, long nowNanos) {
    return nowNanos - dueNanos[queue.first] >= 0;
  }

  private void change(int id, State to, long nowNanos) {
    states[id] = to;
    dueNanos[id] = nowNanos + timeoutNanos.getAsLong();
  }

  /** IDs in the order in which they were added, linked by {@link #previous} and {@link #next}. */
  private final class IdQueue {
    private int first = NONE;
    private int last = NONE;
    private int size;

    void add(int id) {
      previous[id] = last;
      next[id] = NONE;
      if (last == NONE) {
        first = id;
      } else {
        next[last] = id;
      }
      last = id;
      size++;
    }

    int poll() {
      int id = first;
      remove(id);
      return id;
    }

    void remove(int id) {
      int before = previous[id];
      int after = next[id];
      if (before == NONE) {
        first = after;
      } else {
        next[before] = after;
      }
      if (after == NONE) {
        last = before;
      } else {
        previous[after] = before;
      }
      size--;
    }
  }
}
