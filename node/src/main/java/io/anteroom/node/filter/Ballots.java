// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.SuspensionKey;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A group's undecided ballots, by key and by the time of their next check. Used by the group
 * router's thread only.
 */
final class Ballots {
  /** Oldest first. */
  private final Map<SuspensionKey, Ballot> byKey = new LinkedHashMap<>();

  private final TreeSet<Ballot> byTime =
      new TreeSet<>(
          Comparator.<Ballot>comparingLong(this::lookIn).thenComparingLong(each -> each.number));

  /** Times are compared relative to this one, because {@code nanoTime} may overflow. */
  private final long startNanos;

  private long alarmNanos;
  private boolean alarmed;

  Ballots(long startNanos) {
    this.startNanos = startNanos;
  }

  private long lookIn(Ballot ballot) {
    return ballot.lookNanos - startNanos;
  }

  int size() {
    return byKey.size();
  }

  void add(Ballot ballot) {
    byKey.put(ballot.key(), ballot);
  }

  @Nullable Ballot get(SuspensionKey key) {
    return byKey.get(key);
  }

  void remove(Ballot ballot) {
    byKey.remove(ballot.key(), ballot);
    byTime.remove(ballot);
  }

  /** Schedules the ballot's next check for the earliest deadline of its members. */
  void lookAt(Ballot ballot) {
    ballot.lookNanos = ballot.dueNanos();
    byTime.add(ballot);
  }

  /** Removes a ballot whose check is due from the schedule and returns it; null if none is due. */
  @Nullable Ballot pollDue(long nowNanos) {
    return !byTime.isEmpty() && byTime.first().lookNanos - nowNanos <= 0
        ? byTime.pollFirst()
        : null;
  }

  /** The delay of the timer to start now; null if no ballot is due before the timer already set. */
  @Nullable Duration setAlarm(long nowNanos) {
    if (byTime.isEmpty()) {
      return null;
    }
    long next = byTime.first().lookNanos;
    if (alarmed && next - alarmNanos >= 0) {
      return null;
    }
    alarmed = true;
    alarmNanos = next;
    return Duration.ofNanos(Math.max(0, next - nowNanos));
  }

  /** Notes that the timer has fired. */
  void clearAlarm() {
    alarmed = false;
  }

  /** The oldest ballots, at most {@code limit}. */
  List<Ballot> oldest(int limit) {
    return byKey.values().stream().limit(limit).toList();
  }
}
