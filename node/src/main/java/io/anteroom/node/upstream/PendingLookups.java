// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.wire.WireQuery;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lookups of a {@link ServerPool} and who waits for them, each with a deadline in the pool's
 * wheel. Equal questions find one lookup: here by its key, and in the pools of other event loops by
 * a claim in {@link SharedLookups}, which is given back when the lookup is over. Confined to the
 * thread of its pool.
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

  /** The lookup in flight here for this question; null for none. */
  @Nullable Lookup find(LookupKey key) {
    return lookups.get(key);
  }

  /** Claims a question for this loop; returns the one that has it already, or null. */
  ServerPool.@Nullable Inbox claim(LookupKey key) {
    return shared.claim(key, self);
  }

  /** Begins a lookup that those with the same question find. */
  Lookup begin(LookupKey key, WireQuery query, ServerSet servers, int rounds, long deadline) {
    Lookup lookup = new Lookup(key, query, servers, rounds, deadline);
    lookups.put(key, lookup);
    return lookup;
  }

  /** Takes the memory of a pending request's query, once; false if there is none. */
  boolean takeRoom(PendingRequest pending) {
    return pending.count(bytes);
  }

  /** Gives the memory back; nothing happens if it was not taken. */
  void giveRoomBack(PendingRequest pending) {
    pending.uncount(bytes);
  }

  /** Has a pending request wait for the end of a lookup, until a deadline. */
  void join(Lookup lookup, PendingRequest pending, long deadline, long now) {
    pending.begin(lookup, now);
    lookup.join(pending, deadline);
    wheel.add(pending, deadline, now);
    waiting++;
  }

  /** A pending request waits no more. */
  void forget(PendingRequest pending) {
    wheel.remove(pending);
    pending.end();
    giveRoomBack(pending);
    waiting--;
  }

  /** A lookup is over, and its question free for another. */
  void over(Lookup lookup) {
    lookup.end();
    wheel.remove(lookup);
    if (lookups.remove(lookup.key(), lookup)) {
      shared.release(lookup.key(), self);
    }
  }

  /** How many wait. */
  int waiting() {
    return waiting;
  }

  /** Those in flight now, without the ones that nobody shares. */
  List<Lookup> all() {
    return List.copyOf(lookups.values());
  }

  /** Whether nobody waits. */
  boolean isEmpty() {
    return waiting == 0 && lookups.isEmpty();
  }
}
