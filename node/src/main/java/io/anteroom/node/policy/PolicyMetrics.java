// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The counters and alerts of the policies of a node. They outlive reloads. Safe for any thread.
 *
 * <p>Alerts go to the logger {@code anteroom.policy}, at most {@value #ALERTS_PER_SECOND} a second
 * of each policy; all are counted.
 */
public final class PolicyMetrics {
  /** The maximum number of counters on a node. */
  public static final int MAX_COUNTERS = 100;

  static final int ALERTS_PER_SECOND = 10;

  private static final Logger LOG = LoggerFactory.getLogger("anteroom.policy");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final double MAX_STEP = 1e15;

  private final LongSupplier nanoTime;
  private final Map<CounterName, DoubleAdder> counters = new ConcurrentSkipListMap<>();
  private final Map<String, Alerts> alerts = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> failures = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> filesLeftOut = new ConcurrentSkipListMap<>();
  private final List<Given> given = new CopyOnWriteArrayList<>();

  /**
   * A number that code which comes with the configuration counts or measures itself.
   *
   * @param name its name in the metrics, without the prefix of the node
   * @param gauge whether it can go down
   * @param value safe for any thread
   */
  public record Given(String name, String help, boolean gauge, LongSupplier value) {}

  /** A counter of a policy. */
  public record CounterName(String policy, String name) implements Comparable<CounterName> {
    @Override
    public int compareTo(CounterName other) {
      int byPolicy = policy.compareTo(other.policy);
      return byPolicy != 0 ? byPolicy : name.compareTo(other.name);
    }
  }

  /** The alerts of one policy. */
  public static final class Alerts {
    private final LongAdder all = new LongAdder();
    private final LongAdder unlogged = new LongAdder();
    private long secondNanos;
    private int inSecond;

    /** How many there were. */
    public long all() {
      return all.sum();
    }

    /** How many of them are not in the log. */
    public long unlogged() {
      return unlogged.sum();
    }

    private synchronized boolean take(long nowNanos) {
      all.increment();
      if (inSecond == 0 || nowNanos - secondNanos >= SECOND_NANOS) {
        secondNanos = nowNanos;
        inSecond = 0;
      }
      if (inSecond == ALERTS_PER_SECOND) {
        unlogged.increment();
        return false;
      }
      inSecond++;
      return true;
    }
  }

  public PolicyMetrics(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Adds to a counter.
   *
   * @param n at least 0, and less than 10^15
   * @throws IllegalArgumentException if the name or the number is wrong, or there are too many
   *     counters
   */
  void count(String policy, String name, double n) {
    if (!(n >= 0 && n < MAX_STEP)) {
      throw new IllegalArgumentException("a counter can't be increased by " + n);
    }
    CounterName key = new CounterName(policy, name);
    DoubleAdder known = counters.get(key);
    if (known == null) {
      known = create(key);
    }
    known.add(n);
  }

  private synchronized DoubleAdder create(CounterName key) {
    if (!NAME.matcher(key.name()).matches()) {
      throw new IllegalArgumentException(
          "the name of a counter is 1 to 63 lower-case letters, digits and _, not \""
              + AuthorErrors.oneLine(key.name())
              + "\"");
    } else if (counters.size() >= MAX_COUNTERS && !counters.containsKey(key)) {
      throw new IllegalArgumentException(
          "policies have %d counters already, so there is none for \"%s\""
              .formatted(MAX_COUNTERS, key.name()));
    }
    return counters.computeIfAbsent(key, name -> new DoubleAdder());
  }

  /** Counts an alert, and perhaps logs it as one line. */
  void alert(String policy, String text) {
    Alerts known = alerts.computeIfAbsent(policy, name -> new Alerts());
    if (known.take(nanoTime.getAsLong())) {
      LOG.warn("policy {}: {}", policy, AuthorErrors.oneLine(text));
    }
  }

  /** Counts a callback for the result of a task, or for a file, that failed. */
  void failed(String policy) {
    failures.computeIfAbsent(policy, name -> new LongAdder()).increment();
  }

  /** Counts a file of which a policy was not told, because too many waited. */
  void fileLeftOut(String policy) {
    filesLeftOut.computeIfAbsent(policy, name -> new LongAdder()).increment();
  }

  /** Adds numbers; to be called before the node has started. */
  public void give(List<Given> numbers) {
    given.addAll(numbers);
  }

  /** The numbers of code that comes with the configuration. */
  public List<Given> given() {
    return given;
  }

  /** The files of which policies were not told. */
  public Map<String, LongAdder> filesLeftOut() {
    return filesLeftOut;
  }

  /** The failed callbacks of each policy that had one. */
  public Map<String, LongAdder> failures() {
    return failures;
  }

  /** The values of all counters. */
  public Map<CounterName, DoubleAdder> counters() {
    return counters;
  }

  /** The alerts of each policy that had one. */
  public Map<String, Alerts> alerts() {
    return alerts;
  }
}
