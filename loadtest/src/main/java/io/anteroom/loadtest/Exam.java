// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.nio.ByteBuffer;
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
  private final Faults faults = new Faults();
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
      faults.add(fault);
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
    return Faults.inContent(number, message);
  }

  /** How many answers were as they had to be. */
  int right() {
    return right.get();
  }

  /** What was wrong with the others. */
  Faults faults() {
    return faults;
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
