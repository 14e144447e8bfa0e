// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Records which event loop of a node has a question of one upstream pool in flight, so that an
 * equal question on another loop is sent to that loop instead of to a server. Safe for any thread;
 * no loop ever waits for another.
 *
 * <p>There are as many entries as lookups in flight, whose number the pools bound: a pool that
 * claims a question has a lookup for it, and releases the claim when the lookup ends. If a request
 * reaches the owner after that lookup has ended, the owner begins a new lookup itself, so no
 * request is sent on twice.
 */
final class SharedLookups {
  private final ConcurrentMap<LookupKey, ServerPool.Inbox> owners = new ConcurrentHashMap<>();

  /**
   * Claims a question. Returns the loop that owns it already, or null if the claimant owns it now.
   */
  ServerPool.@Nullable Inbox claim(LookupKey key, ServerPool.Inbox claimant) {
    ServerPool.Inbox owner = owners.putIfAbsent(key, claimant);
    return owner == claimant ? null : owner;
  }

  /** Releases a claim; does nothing if another loop owns it. */
  void release(LookupKey key, ServerPool.Inbox claimant) {
    owners.remove(key, claimant);
  }

  int size() {
    return owners.size();
  }
}
