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
 * they might. An id that ends early stays among the taken ones until its turn comes, which is
 * before it is free again, so none is there twice.
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
  private final IdQueue free;
  private final IdQueue taken;
  private final IdQueue resting;
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
    this.free = new IdQueue(size);
    this.taken = new IdQueue(size);
    this.resting = new IdQueue(size);
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
    return free.size();
  }

  /** Whether none is live or resting. */
  boolean areAllFree() {
    return free.size() == states.length;
  }

  /** Takes an id for this; {@link #NONE} if none is free. */
  int take(T what, long nowNanos) {
    if (free.size() == 0) {
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
    while (taken.size() > 0 && (states[taken.peek()] != State.LIVE || isDue(taken, nowNanos))) {
      int id = taken.poll();
      if (states[id] == State.LIVE) {
        end(id, nowNanos);
      }
    }
    int freed = 0;
    while (resting.size() > 0 && isDue(resting, nowNanos)) {
      int id = resting.poll();
      change(id, State.FREE, nowNanos);
      free.add(id);
      freed++;
    }
    return freed;
  }

  private boolean isDue(IdQueue queue, long nowNanos) {
    return nowNanos - dueNanos[queue.peek()] >= 0;
  }

  private void change(int id, State to, long nowNanos) {
    states[id] = to;
    dueNanos[id] = nowNanos + timeoutNanos.getAsLong();
  }

  /** A queue that each id is in at most once. */
  private static final class IdQueue {
    private final int[] ring;
    private int head;
    private int size;

    IdQueue(int capacity) {
      ring = new int[capacity];
    }

    int size() {
      return size;
    }

    void add(int id) {
      ring[(head + size) % ring.length] = id;
      size++;
    }

    int peek() {
      return ring[head];
    }

    int poll() {
      int id = ring[head];
      head = (head + 1) % ring.length;
      size--;
      return id;
    }
  }
}
