// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What became of each query of a {@link Load}: that it was answered, once, to the socket that
 * asked, with its id and question, with which RCODE, and how long that took. An answer of RCODE 0
 * must have what the query's {@link OwnVerdict} gave it.
 *
 * <p>{@link #receive} is for the receiving thread, the rest for any other. Ranges of numbers are
 * given by their first and the one behind their last.
 */
final class Ledger implements Sender.Receiver {
  /** For queries that were not answered. */
  static final int NONE = -1;

  private static final long UNSENT = 0;

  private final int first;
  private final AtomicLongArray dueNanos;
  private final AtomicIntegerArray rcodes;
  private final int[] micros;
  private final AtomicInteger answered = new AtomicInteger();
  private final Faults faults = new Faults();

  /** For so many numbers, beginning with the first. */
  Ledger(int first, int numbers) {
    this.first = first;
    dueNanos = new AtomicLongArray(numbers);
    micros = new int[numbers];
    int[] none = new int[numbers];
    Arrays.fill(none, NONE);
    rcodes = new AtomicIntegerArray(none);
  }

  /** To be called before a query is sent; its latency counts from when it was due. */
  void due(int number, long nanos) {
    dueNanos.set(number - first, nanos | 1);
  }

  @Override
  public void receive(int number, boolean isOurs, ByteBuffer message) {
    long now = System.nanoTime();
    String fault = fault(number, isOurs, message);
    if (fault != null) {
      faults.add(fault);
      return;
    }
    int place = number - first;
    micros[place] = (int) Math.min(Integer.MAX_VALUE, (now - dueNanos.get(place)) / 1_000);
    rcodes.set(place, Packets.rcode(message));
    answered.incrementAndGet();
  }

  private @Nullable String fault(int number, boolean isOurs, ByteBuffer message) {
    int place = number - first;
    if (place < 0 || place >= dueNanos.length() || dueNanos.get(place) == UNSENT) {
      return "with a question that nobody asked";
    } else if (!isOurs) {
      return "to another socket or id";
    } else if (rcodes.get(place) != NONE) {
      return "a second time";
    }
    return Packets.rcode(message) == 0 ? Faults.inContent(number, message) : null;
  }

  /** How many were answered, of all. */
  int answered() {
    return answered.get();
  }

  /** How many of the range were answered with this RCODE; with {@link #NONE}, not at all. */
  int count(int rcode, int from, int to) {
    return (int) places(from, to).filter(place -> rcodes.get(place) == rcode).count();
  }

  /** How many of the range were answered with this RCODE, and not later than so. */
  int countWithin(int rcode, Duration time, int from, int to) {
    long most = time.toNanos() / 1_000;
    return (int)
        places(from, to)
            .filter(place -> rcodes.get(place) == rcode && micros[place] <= most)
            .count();
  }

  /** How many in a hundred of the range were answered with this RCODE. */
  double percent(int rcode, int from, int to) {
    return 100.0 * count(rcode, from, to) / Math.max(1, to - from);
  }

  /** What so many in a hundred of the answers to the range took at most, in milliseconds. */
  double millis(double percentile, int from, int to) {
    int[] took =
        places(from, to)
            .filter(place -> rcodes.get(place) != NONE)
            .map(place -> micros[place])
            .sorted()
            .toArray();
    int rank = (int) Math.ceil(percentile / 100 * took.length);
    return took.length == 0 ? Double.NaN : took[Math.max(1, rank) - 1] / 1e3;
  }

  /** The last number that was answered; one less than the first for none. */
  int lastAnswered() {
    int place = rcodes.length() - 1;
    while (place >= 0 && rcodes.get(place) == NONE) {
      place--;
    }
    return first + place;
  }

  /** What was wrong with answers, which then do not count as such. */
  Faults faults() {
    return faults;
  }

  private IntStream places(int from, int to) {
    return IntStream.range(from - first, to - first);
  }
}
