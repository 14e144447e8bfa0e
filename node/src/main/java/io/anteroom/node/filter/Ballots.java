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
 * The ballots of a group that are not decided yet, by key and by the time at which each is to be
 * looked at next. For the group's thread alone.
 */
final class Ballots {
  /** In the order in which they began. */
  private final Map<SuspensionKey, Ballot> byKey = new LinkedHashMap<>();

  private final TreeSet<Ballot> byTime =
      new TreeSet<>(
          Comparator.<Ballot>comparingLong(this::lookIn).thenComparingLong(each -> each.number));

  /** Times are compared as counted from here, as the clock may start anywhere and overflow. */
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

  /** Has a ballot be due when the time of the next of its members is up. */
  void lookAt(Ballot ballot) {
    ballot.lookNanos = ballot.dueNanos();
    byTime.add(ballot);
  }

  /** Takes one that is due from those that are to be looked at; null if none is. */
  @Nullable Ballot pollDue(long nowNanos) {
    return !byTime.isEmpty() && byTime.first().lookNanos - nowNanos <= 0
        ? byTime.pollFirst()
        : null;
  }

  /** In how long the group is to be woken; null if nothing is due before it will be anyway. */
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

  /** The group has been woken. */
  void clearAlarm() {
    alarmed = false;
  }

  /** Those that began first, so many at most. */
  List<Ballot> oldest(int limit) {
    return byKey.values().stream().limit(limit).toList();
  }
}
