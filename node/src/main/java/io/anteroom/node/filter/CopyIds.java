// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The 16-bit ids that a connector puts into the copies it sends to a filter, which has nothing else
 * to say what its verdict is about. For one thread.
 *
 * <p>An id is free, live or resting. It becomes live when it is taken, and rests when what it stood
 * for has ended, or after the service's timeout at the latest. It then rests for the service's
 * timeout once more before it is free again, so a verdict that is late by less than that meets no
 * other query. The one that has been free longest is taken first. In the beginning they are free in
 * random order, so that nobody can tell which ids are live.
 *
 * <p>Each id is live, and rests, for the same time, so what is due stands at the head of a queue.
 * When a reload makes the timeout shorter, ids wait for those before them, and are free later than
 * they might. Each id is in one queue at any time, according to its state.
 *
 * @param <T> what an id stands for
 */
final class CopyIds<T> {
  static final int SIZE = 1 << 16;

  /** There is no free id. */
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

  /** The neighbours of each id in its queue. */
  private final int[] previous;

  private final int[] next;
  private final State[] states;
  private final long[] dueNanos;
  private final List<@Nullable T> live;

  /**
   * All ids, free.
   *
   * @param timeoutNanos of the service, as it is now: how long an id is live at most, and how long
   *     it rests
   */
  CopyIds(LongSupplier timeoutNanos, Random random) {
    this(SIZE, timeoutNanos, random);
  }

  /** The first so many ids. */
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

  /** How many can be taken. */
  int free() {
    return free.size;
  }

  /** Whether none is live or resting. */
  boolean areAllFree() {
    return free.size == states.length;
  }

  /** Takes an id for this; {@link #NONE} if none is free. */
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

  /** What a live id stands for; null if it is not live, or none of these. */
  @Nullable T find(int id) {
    return id < live.size() ? live.get(id) : null;
  }

  /** Whether the id was live until lately. */
  boolean isResting(int id) {
    return id < states.length && states[id] == State.RESTING;
  }

  /** What a live id stood for has ended. */
  void end(int id, long nowNanos) {
    taken.remove(id);
    live.set(id, null);
    change(id, State.RESTING, nowNanos);
    resting.add(id);
  }

  /**
   * Ends what has been live for the timeout, and frees what has rested for it. To be called before
   * ids are taken, at least once within a timeout.
   *
   * @return how many became free
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

  /** Ids in the order in which they were added, linked by {@link #previous} and {@link #next}. */
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
