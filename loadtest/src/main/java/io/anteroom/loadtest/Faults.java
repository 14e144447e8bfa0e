// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was wrong with answers, and how often. Safe for any thread. */
final class Faults {
  private final Map<String, Integer> counts = new TreeMap<>();

  synchronized void add(String fault) {
    counts.merge(fault, 1, Integer::sum);
  }

  synchronized int count() {
    return counts.values().stream().mapToInt(n -> n).sum();
  }

  synchronized void forget() {
    counts.clear();
  }

  @Override
  public synchronized String toString() {
    return counts.isEmpty() ? "" : counts.toString();
  }

  /** What is wrong with a message of RCODE 0 to this query; null for nothing. */
  static @Nullable String inContent(int number, ByteBuffer message) {
    return Packets.hasAddress(message, OwnVerdict.address(number)) ? null : "with a wrong address";
  }
}
