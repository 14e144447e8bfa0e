// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.concurrent.atomic.LongAdder;

/**
 * One counter for each constant of an enum. Any thread may add. A read is not a snapshot, but
 * includes every add that happened before it.
 */
public final class Counters<E extends Enum<E>> {
  private final LongAdder[] adders;

  public Counters(Class<E> type) {
    adders = new LongAdder[type.getEnumConstants().length];
    for (int i = 0; i < adders.length; i++) {
      adders[i] = new LongAdder();
    }
  }

  public void increment(E counter) {
    adders[counter.ordinal()].increment();
  }

  public void add(E counter, long n) {
    adders[counter.ordinal()].add(n);
  }

  public long get(E counter) {
    return adders[counter.ordinal()].sum();
  }
}
