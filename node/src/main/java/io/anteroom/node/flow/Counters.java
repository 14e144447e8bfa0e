// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.concurrent.atomic.LongAdder;

/** The counters of one node. Any thread may add; a read sees every add that happened before it. */
public final class Counters {
  private final LongAdder[] adders = new LongAdder[Counter.values().length];

  public Counters() {
    for (int i = 0; i < adders.length; i++) {
      adders[i] = new LongAdder();
    }
  }

  public void increment(Counter counter) {
    adders[counter.ordinal()].increment();
  }

  public void add(Counter counter, long n) {
    adders[counter.ordinal()].add(n);
  }

  public long get(Counter counter) {
    return adders[counter.ordinal()].sum();
  }
}
