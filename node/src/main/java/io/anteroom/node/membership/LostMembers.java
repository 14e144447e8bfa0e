// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/**
 * Decides which members a node may declare down. Confined to one thread.
 *
 * <p>The <i>side</i> of a node is this node and all nodes that it can reach. A member is lost if no
 * node of the side can reach it. When that has lasted for a while, the node with the lowest address
 * on the side declares it down. A side never downs itself: the other side may do the same, and when
 * both can reach each other again, they become one cluster.
 *
 * <p>A member that some node of the side still reaches is not declared down, because a network path
 * is broken and not the member. New members then can't join until the path works again; everything
 * else goes on.
 *
 * @param <M> identifies a member; its order decides which node of the side acts
 */
final class LostMembers<M extends Comparable<M>> {
  private final long afterNanos;
  private final Map<M, Long> lostSince = new HashMap<>();

  /** Takes how long a member must have been lost. */
  LostMembers(Duration after) {
    this.afterNanos = after.toNanos();
  }

  /**
   * Evaluates the present state of the cluster; to be called about once a second.
   *
   * @param self this node
   * @param nodes the members that are nodes, this one included; the others are filters
   * @param observers for each unreachable member, the members that observe it as unreachable
   * @return the members that this node must declare down
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
