// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Checks the answers to queries that a {@link HoldingFilter} decided about: each comes once, to the
 * socket that asked, with its id and question and the address that its own verdict gave it.
 *
 * <p>{@link #receive} is for the receiving thread, the rest for any other.
 */
final class Exam implements Sender.Receiver {
  private static final long UNDECIDED = 0;
  private static final long ANSWERED = Long.MIN_VALUE;

  private final AtomicLongArray decidedNanos;
  private final Latencies latencies = new Latencies();
  private final Map<String, Integer> faults = new TreeMap<>();
  private final AtomicInteger right = new AtomicInteger();
  private volatile long lastNanos;

  Exam(int numbers) {
    decidedNanos = new AtomicLongArray(numbers);
  }

  /** To be called before the verdict about this query is given. */
  void decided(int number) {
    decidedNanos.set(number, System.nanoTime() | 1);
  }

  @Override
  public void receive(int number, boolean isOurs, ByteBuffer message) {
    long now = System.nanoTime();
    String fault = fault(number, isOurs, message);
    if (fault == null) {
      latencies.record(now - decidedNanos.getAndSet(number, ANSWERED));
      lastNanos = now;
      right.incrementAndGet();
    } else {
      synchronized (faults) {
        faults.merge(fault, 1, Integer::sum);
      }
    }
  }

  private @Nullable String fault(int number, boolean isOurs, ByteBuffer message) {
    if (number == Packets.NO_NUMBER || number >= decidedNanos.length()) {
      return "with a question that nobody asked";
    } else if (!isOurs) {
      return "to another socket or id";
    } else if (Packets.rcode(message) != 0) {
      return "with RCODE " + Packets.rcode(message);
    } else if (decidedNanos.get(number) == UNDECIDED) {
      return "before the verdict";
    } else if (decidedNanos.get(number) == ANSWERED) {
      return "a second time";
    }
    return Packets.hasAddress(message, HoldingFilter.address(number))
        ? null
        : "with a wrong address";
  }

  /** How many answers were as they had to be. */
  int right() {
    return right.get();
  }

  /** How many were not. */
  int wrong() {
    synchronized (faults) {
      return faults.values().stream().mapToInt(n -> n).sum();
    }
  }

  /** What was wrong with answers, and how often. */
  Map<String, Integer> faults() {
    synchronized (faults) {
      return new TreeMap<>(faults);
    }
  }

  void forgetFaults() {
    synchronized (faults) {
      faults.clear();
    }
  }

  /** From verdict to answer. */
  Latencies latencies() {
    return latencies;
  }

  /** When the last right answer came. */
  long lastNanos() {
    return lastNanos;
  }
}
