// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/**
 * Which members a node may declare dead. For one thread.
 *
 * <p>A member is lost to this node's side of the cluster if every node that this node can reach,
 * and it itself, cannot reach it. When that has lasted for a while, the node with the lowest
 * address on its side says so. No side ever ends itself: what is on the other side may do the same,
 * and when they meet again they become one cluster.
 *
 * <p>A member that some node of this side still reaches is left alone: the way to it is broken, not
 * the member. New members then have to wait until that is mended, and everything else goes on.
 *
 * @param <M> how a member is told from others; in the order by which the side's speaker is chosen
 */
final class LostMembers<M extends Comparable<M>> {
  private final long afterNanos;
  private final Map<M, Long> lostSince = new HashMap<>();

  /** Takes how long a member must have been lost. */
  LostMembers(Duration after) {
    this.afterNanos = after.toNanos();
  }

  /**
   * Looks at the cluster as it is now; to be called about once a second.
   *
   * @param self this node
   * @param nodes the members that are nodes, this one included; the others are filters
   * @param observers who says that they cannot reach a member, for each such member
   * @return whom this node is to declare dead
   */
  Set<M> look(M self, SortedSet<M> nodes, Map<M, Set<M>> observers, long nowNanos) {
    Set<M> side = new HashSet<>();
    for (M node : nodes) {
      if (!observers.getOrDefault(node, Set.of()).contains(self)) {
        side.add(node);
      }
    }
    Map<M, Long> now = new HashMap<>();
    observers.forEach(
        (member, by) -> {
          if (!side.contains(member) && by.containsAll(side)) {
            now.put(member, lostSince.getOrDefault(member, nowNanos));
          }
        });
    lostSince.clear();
    lostSince.putAll(now);
    Set<M> dead = new HashSet<>();
    if (isSpeaker(self, nodes, side)) {
      now.forEach(
          (member, since) -> {
            if (nowNanos - since >= afterNanos) {
              dead.add(member);
            }
          });
    }
    return dead;
  }

  private boolean isSpeaker(M self, SortedSet<M> nodes, Set<M> side) {
    for (M node : nodes) {
      if (side.contains(node)) {
        return node.equals(self);
      }
    }
    return false;
  }
}
