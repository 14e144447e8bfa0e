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
 * The requests of one filter router that have no verdict yet, and the queue of those that wait for
 * credit. Bounded by the limits on suspended queries. Used by the router's thread only.
 *
 * <p>Requests of queries and requests of groups are in separate maps, so that listing the oldest
 * suspended queries need not skip requests of groups, which the group routers list.
 */
final class Requests {
  /** Requests of queries, oldest first. */
  private final Map<SuspensionKey, Pending> own;

  private final Map<SuspensionKey, Pending> votes = new HashMap<>();
  private final PendingList queue = new PendingList();

  Requests() {
    this(new LinkedHashMap<>());
  }

  /** Uses this empty, insertion-ordered map for the requests that do not come from a group. */
  Requests(Map<SuspensionKey, Pending> own) {
    this.own = own;
  }

  /** Adds a request with a new key. */
  void add(Pending request) {
    (request.ask.vote() ? votes : own).put(request.key(), request);
  }

  @Nullable Pending get(SuspensionKey key) {
    Pending request = own.get(key);
    return request == null && !votes.isEmpty() ? votes.get(key) : request;
  }

  /** Removes and returns a request, also from the queue or its instance; null if there is none. */
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

  /** Queues one of these requests until there is credit. */
  void enqueue(Pending request) {
    queue.add(request);
  }

  /** Whether any request waits for credit. */
  boolean anyQueued() {
    return !queue.isEmpty();
  }

  /** Removes and returns the oldest request in the queue, which must not be empty. */
  Pending dequeue() {
    return Objects.requireNonNull(queue.poll());
  }

  /** Number of requests that wait for credit. */
  int queued() {
    return queue.size();
  }

  int size() {
    return own.size() + votes.size();
  }

  /** Number of requests that do not come from a group. */
  int own() {
    return own.size();
  }

  /** The oldest requests that do not come from a group, at most {@code limit}. */
  List<Pending> oldest(int limit) {
    return own.values().stream().limit(limit).toList();
  }
}
