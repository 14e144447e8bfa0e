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
 * The shards that somebody wants elsewhere, as the node knows that has the coordinator. Safe for
 * any thread; holds each shard once.
 *
 * <p>A wish is taken up once. If the move fails, or the coordinator moves to another node first,
 * the shard stays where it is and somebody has to wish again.
 */
final class ShardMoves {
  private final ConcurrentMap<String, Address> wanted = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Address> underWay = new ConcurrentHashMap<>();

  void want(int shard, Address to) {
    wanted.put(Integer.toString(shard), to);
  }

  /** Takes the wishes up for those shards that can move now, and forgets the others. */
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

  /** Where a shard is to go that has no home now; null if nobody minds. Forgets it. */
  @Nullable Address end(String shard) {
    return underWay.remove(shard);
  }
}
