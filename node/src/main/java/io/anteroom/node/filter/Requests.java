// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.SuspensionKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one router that have no verdict yet, and the queue of those that wait for credit.
 * For the router's thread alone; the limits on suspended queries bound it.
 *
 * <p>What queries ask themselves is kept apart from what groups ask on their behalf, so that a list
 * of the oldest passes over nothing: groups list theirs.
 */
final class Requests {
  /** In the order in which they asked. */
  private final Map<SuspensionKey, Pending> own;

  private final Map<SuspensionKey, Pending> votes = new HashMap<>();
  private final PendingList queue = new PendingList();

  Requests() {
    this(new LinkedHashMap<>());
  }

  /** With an empty map, in the order of insertion, for the requests that no group asks. */
  Requests(Map<SuspensionKey, Pending> own) {
    this.own = own;
  }

  /** Adds one whose key is not there. */
  void add(Pending request) {
    (request.ask.vote() ? votes : own).put(request.key(), request);
  }

  @Nullable Pending get(SuspensionKey key) {
    Pending request = own.get(key);
    return request == null && !votes.isEmpty() ? votes.get(key) : request;
  }

  /** Takes one out, also of the queue or from its instance; null if there is none. */
  @Nullable Pending remove(SuspensionKey key) {
    Pending removed = own.remove(key);
    if (removed == null && !votes.isEmpty()) {
      removed = votes.remove(key);
    }
    if (removed != null) {
      removed.leave();
    }
    return removed;
  }

  /** Has one of these wait for credit. */
  void enqueue(Pending request) {
    queue.add(request);
  }

  /** Whether any waits for credit. */
  boolean anyQueued() {
    return !queue.isEmpty();
  }

  /** Takes the one out of the queue that has waited for credit longest; there must be one. */
  Pending dequeue() {
    return Objects.requireNonNull(queue.poll());
  }

  /** How many wait for credit. */
  int queued() {
    return queue.size();
  }

  int size() {
    return own.size() + votes.size();
  }

  /** How many no group has asked. */
  int own() {
    return own.size();
  }

  /** The oldest that no group has asked, so many at most. */
  List<Pending> oldest(int limit) {
    return own.values().stream().limit(limit).toList();
  }
}
