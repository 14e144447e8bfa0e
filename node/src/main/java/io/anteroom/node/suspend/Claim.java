// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.sharding.ShardCoordinator;
import org.apache.pekko.dispatch.Futures;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Shard allocation strategy: a shard is allocated to the region that requests it. Nothing is
 * rebalanced, so a node that joins claims shards that are on no node. There are two exceptions: a
 * node without any shard gets one from the node with the most, once all shards are allocated; and
 * {@link ShardMoves} names shards to move.
 *
 * <p>If the requester can't have shards (the proxy of a filter, or the coordinator itself after a
 * hand-over), the shard goes to the region with the fewest.
 */
final class Claim extends ShardCoordinator.AbstractShardAllocationStrategy {
  private final ShardMoves moves;
  private final Address here;

  /**
   * Creates the strategy.
   *
   * @param here the address of this node, for regions whose path has no address
   */
  Claim(ShardMoves moves, Address here) {
    this.moves = moves;
    this.here = here;
  }

  @Override
  public Future<ActorRef> allocateShard(
      ActorRef requester,
      String shardId,
      Map<ActorRef, IndexedSeq<String>> currentShardAllocations) {
    ActorRef wanted = regionAt(moves.end(shardId), currentShardAllocations);
    if (wanted != null) {
      return Futures.successful(wanted);
    }
    return Futures.successful(
        currentShardAllocations.containsKey(requester)
            ? requester
            : region(currentShardAllocations, Comparator.naturalOrder()));
  }

  private @Nullable ActorRef regionAt(
      @Nullable Address address, Map<ActorRef, IndexedSeq<String>> allocations) {
    for (ActorRef region : allocations.keySet()) {
      if (addressOf(region).equals(address)) {
        return region;
      }
    }
    return null;
  }

  private Address addressOf(ActorRef region) {
    Address address = region.path().address();
    return address.hasLocalScope() ? here : address;
  }

  @Override
  public Future<Set<String>> rebalance(
      Map<ActorRef, IndexedSeq<String>> currentShardAllocations, Set<String> rebalanceInProgress) {
    Set<String> wanted =
        moves.begin(
            (shard, to) ->
                !rebalanceInProgress.contains(shard)
                    && regionAt(to, currentShardAllocations) != null
                    && livesElsewhere(shard, to, currentShardAllocations));
    if (!wanted.isEmpty()) {
      return Futures.successful(wanted);
    }
    boolean someHasNone = currentShardAllocations.values().stream().anyMatch(s -> s.isEmpty());
    if (!someHasNone || !rebalanceInProgress.isEmpty()) {
      return Futures.successful(Set.of());
    }
    var richest =
        CollectionConverters.asJava(
            currentShardAllocations.get(
                region(currentShardAllocations, Comparator.reverseOrder())));
    boolean nothingLeftToClaim =
        currentShardAllocations.values().stream().mapToInt(s -> s.length()).sum()
            >= io.anteroom.protocol.SuspensionKey.SHARDS;
    return Futures.successful(
        nothingLeftToClaim && richest.size() > 1 ? Set.of(richest.get(0)) : Set.of());
  }

  private boolean livesElsewhere(
      String shard, Address to, Map<ActorRef, IndexedSeq<String>> allocations) {
    return allocations.entrySet().stream()
        .anyMatch(
            region -> region.getValue().contains(shard) && !addressOf(region.getKey()).equals(to));
  }

  private static ActorRef region(
      Map<ActorRef, IndexedSeq<String>> allocations, Comparator<Integer> bySize) {
    return allocations.entrySet().stream()
        .min((a, b) -> bySize.compare(a.getValue().length(), b.getValue().length()))
        .orElseThrow()
        .getKey();
  }
}
