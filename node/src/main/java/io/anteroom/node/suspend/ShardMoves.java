// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiPredicate;
import org.apache.pekko.actor.Address;
import org.jspecify.annotations.Nullable;

/**
 * The requested moves of shards, on the node that has the coordinator. Safe for any thread; holds
 * at most one request for each shard.
 *
 * <p>A request is tried once. If the move fails, or the coordinator moves to another node first,
 * the shard stays where it is and the move has to be requested again.
 */
final class ShardMoves {
  private final ConcurrentMap<String, Address> wanted = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Address> underWay = new ConcurrentHashMap<>();

  void want(int shard, Address to) {
    wanted.put(Integer.toString(shard), to);
  }

  /**
   * Begins the moves that are possible now and forgets the other requests. Returns the shards that
   * move.
   */
  Set<String> begin(BiPredicate<String, Address> canMove) {
    Set<String> begun = new TreeSet<>();
    for (String shard : wanted.keySet()) {
      Address to = wanted.remove(shard);
      if (to != null && canMove.test(shard, to)) {
        underWay.put(shard, to);
        begun.add(shard);
      }
    }
    return begun;
  }

  /**
   * The address to which a shard that is on no node is to move; null if no move was requested.
   * Forgets the move.
   */
  @Nullable Address end(String shard) {
    return underWay.remove(shard);
  }
}
