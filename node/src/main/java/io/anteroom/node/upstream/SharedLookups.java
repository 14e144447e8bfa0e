// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Which event loop of a node has a question of one upstream pool in flight, so that an equal one
 * which comes in on another loop goes there instead of to a server. Safe for any thread; no loop
 * ever waits for another.
 *
 * <p>It holds as many entries as there are lookups in flight, which the pools bound: a pool that
 * claims a question has a lookup for it, and gives the claim back when that ends. Who comes to the
 * owner too late, when the lookup has just ended, is a new question of the owner, who does not send
 * him on: so nobody is sent on twice.
 */
final class SharedLookups {
  private final ConcurrentMap<LookupKey, ServerPool.Inbox> owners = new ConcurrentHashMap<>();

  /** Claims a question; returns the loop that has it already, or null if it is now the claimant. */
  ServerPool.@Nullable Inbox claim(LookupKey key, ServerPool.Inbox claimant) {
    ServerPool.Inbox owner = owners.putIfAbsent(key, claimant);
    return owner == claimant ? null : owner;
  }

  /** Gives a claim back; nothing happens if it is another's. */
  void release(LookupKey key, ServerPool.Inbox claimant) {
    owners.remove(key, claimant);
  }

  int size() {
    return owners.size();
  }
}
