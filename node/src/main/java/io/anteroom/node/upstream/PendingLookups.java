// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.wire.WireQuery;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lookups of a {@link ServerPool} and their pending requests, each with a deadline in the
 * pool's wheel. Equal questions share one lookup: within this pool by its key, and between the
 * event loops of the node by a claim in {@link SharedLookups}, which is released when the lookup
 * ends. Confined to the thread of its pool.
 */
final class PendingLookups {
  private final Map<LookupKey, Lookup> lookups = new HashMap<>();
  private final SharedLookups shared;
  private final ServerPool.Inbox self;
  private final WaitingBytes bytes;
  private final DeadlineWheel wheel;
  private int waiting;

  PendingLookups(SharedPool common, ServerPool.Inbox self, DeadlineWheel wheel) {
    this.shared = common.lookups();
    this.bytes = common.waiting();
    this.self = self;
    this.wheel = wheel;
  }

  /** The lookup in flight in this pool for this question; null if there is none. */
  @Nullable Lookup find(LookupKey key) {
    return lookups.get(key);
  }

  /** Claims a question for this event loop. Returns the owner if another loop has it, else null. */
  ServerPool.@Nullable Inbox claim(LookupKey key) {
    return shared.claim(key, self);
  }

  /** Begins a lookup that later requests with the same question share. */
  Lookup begin(LookupKey key, WireQuery query, ServerSet servers, int rounds, long deadline) {
    Lookup lookup = new Lookup(key, query, servers, rounds, deadline);
    lookups.put(key, lookup);
    return lookup;
  }

  /** Reserves memory for a pending request's query, at most once; false if the bound is reached. */
  boolean takeRoom(PendingRequest pending) {
    return pending.count(bytes);
  }

  /** Releases that memory; does nothing if none is reserved. */
  void giveRoomBack(PendingRequest pending) {
    pending.uncount(bytes);
  }

  /** Adds a pending request to a lookup, with its deadline. */
  void join(Lookup lookup, PendingRequest pending, long deadline, long now) {
    pending.begin(lookup, now);
    lookup.join(pending, deadline);
    wheel.add(pending, deadline, now);
    waiting++;
  }

  /** Removes a pending request. */
  void forget(PendingRequest pending) {
    wheel.remove(pending);
    pending.end();
    giveRoomBack(pending);
    waiting--;
  }

  /**
   * Marks a lookup as ended and releases its claim, so that a new lookup for the question may
   * begin.
   */
  void over(Lookup lookup) {
    lookup.end();
    wheel.remove(lookup);
    if (lookups.remove(lookup.key(), lookup)) {
      shared.release(lookup.key(), self);
    }
  }

  /** Number of pending requests. */
  int waiting() {
    return waiting;
  }

  /** The lookups in flight, except those that are not shared (see {@link ServerPool#askAlone}). */
  List<Lookup> all() {
    return List.copyOf(lookups.values());
  }

  /** Whether there are neither pending requests nor shared lookups. */
  boolean isEmpty() {
    return waiting == 0 && lookups.isEmpty();
  }
}
