// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.Counters;
import io.anteroom.node.lua.LuaStop;
import java.util.Random;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The IDs that scripts see in messages. A script that suspends queries by these IDs, like the
 * example of dnsdist, can't confuse two of them, because an ID has one question at a time. When a
 * suspended question has ended, its ID rests for the time of its timeout, so a verdict that is late
 * by less hits nobody else. The ID that has been free longest is taken first. For the thread of Lua
 * only.
 */
final class MessageIdPool implements MessageIds {
  /** A script that ends with it asked for an ID when none was free; its query goes on. */
  static final Object NONE_FREE = "no message ID is free";

  private static final int SIZE = 1 << 16;

  private final Counters<AsyncCounter> counters;
  private final LongSupplier nanoTime;

  /** The free IDs, from {@link #first} on; at its end it continues at 0. */
  private final short[] free = new short[SIZE];

  private final boolean[] resting = new boolean[SIZE];
  private final RoundedDelays<Integer> rests = new RoundedDelays<>();
  private int first;
  private int count;

  /** All IDs, free and in random order, so that the next one can't be guessed. */
  MessageIdPool(Counters<AsyncCounter> counters, Random random, LongSupplier nanoTime) {
    this.counters = counters;
    this.nanoTime = nanoTime;
    for (int id = 0; id < SIZE; id++) {
      int at = random.nextInt(id + 1);
      free[id] = free[at];
      free[at] = (short) id;
    }
    count = SIZE;
  }

  /** Throws {@link LuaStop} with {@link #NONE_FREE} if none is free. */
  @Override
  public int take(Question question) {
    if (count == 0) {
      advance(nanoTime.getAsLong());
    }
    if (count == 0) {
      counters.increment(AsyncCounter.NO_MESSAGE_ID);
      throw new LuaStop(NONE_FREE);
    }
    int id = free[first] & 0xffff;
    first = (first + 1) & (SIZE - 1);
    count--;
    return id;
  }

  @Override
  public void free(int id) {
    free[(first + count) & (SIZE - 1)] = (short) id;
    count++;
  }

  /** Ends the use of the ID of a suspended question. */
  void rest(int id, long millis, long nowNanos) {
    resting[id] = true;
    rests.add(id, millis, nowNanos);
  }

  boolean isResting(int id) {
    return resting[id];
  }

  /** Frees IDs that have rested long enough. */
  void advance(long nowNanos) {
    for (@Nullable Integer id; (id = rests.poll(nowNanos)) != null; ) {
      resting[id] = false;
      free(id);
    }
  }

  /** The number of free IDs, without those whose rest has ended since one was last needed. */
  @Override
  public int available() {
    return count;
  }
}
