// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.SuspensionKey;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one dispatcher that have no verdict yet, in the order in which they asked, and
 * the queue of those that wait for credit. For the dispatcher's thread alone; the limits on
 * suspended queries bound it.
 */
final class Requests {
  /** Requests of groups that a list passes over at most; it is made on the event loop. */
  private static final int MAX_PASSED_OVER = 10_000;

  private final Map<SuspensionKey, Pending> pending = new LinkedHashMap<>();

  /** May hold some that have ended meanwhile; they are skipped, and no longer count. */
  private final ArrayDeque<Pending> queue = new ArrayDeque<>();

  private int queued;

  /** How many of those that are pending a group has asked. */
  private int votes;

  /** Adds one whose key is not there. */
  void add(Pending request) {
    pending.put(request.key(), request);
    votes += request.ask.vote() ? 1 : 0;
  }

  @Nullable Pending get(SuspensionKey key) {
    return pending.get(key);
  }

  /** Takes one out, also if it waits for credit; null if there is none. */
  @Nullable Pending remove(SuspensionKey key) {
    Pending removed = pending.remove(key);
    if (removed != null) {
      votes -= removed.ask.vote() ? 1 : 0;
      leaveQueue(removed);
    }
    return removed;
  }

  /** Has one of these wait for credit. */
  void enqueue(Pending request) {
    request.queued = true;
    queue.add(request);
    queued++;
  }

  /** Whether any waits for credit; lets go of those at the head that have ended. */
  boolean anyQueued() {
    while (!queue.isEmpty() && !queue.peek().queued) {
      queue.poll();
    }
    return !queue.isEmpty();
  }

  /** The one that has waited for credit longest, if {@link #anyQueued}; it waits no longer. */
  Pending dequeue() {
    Pending first = queue.remove();
    leaveQueue(first);
    return first;
  }

  private void leaveQueue(Pending request) {
    if (request.queued) {
      request.queued = false;
      queued--;
    }
  }

  /** Lets go of what has ended while it waited, which would otherwise stay until its turn. */
  void tidy() {
    queue.removeIf(request -> !request.queued);
  }

  /** How many wait for credit. */
  int queued() {
    return queued;
  }

  int size() {
    return pending.size();
  }

  /** How many no group has asked; what groups ask is listed with them. */
  int own() {
    return pending.size() - votes;
  }

  /** Those with that instance, or those without any for null; they may be removed meanwhile. */
  List<Pending> with(@Nullable Instance instance) {
    return matching(request -> request.instance == instance);
  }

  /** Those with that instance which another one may have, in a list of their own. */
  List<Pending> movable(Instance from, long nowNanos) {
    return matching(request -> request.instance == from && request.mayBeSentAgain(nowNanos));
  }

  private List<Pending> matching(Predicate<Pending> condition) {
    return pending.values().stream().filter(condition).toList();
  }

  /** The oldest that no group has asked. */
  List<Pending> oldest(int limit) {
    return pending.values().stream()
        .limit((long) limit + MAX_PASSED_OVER)
        .filter(each -> !each.ask.vote())
        .limit(Math.min(limit, own()))
        .toList();
  }
}
