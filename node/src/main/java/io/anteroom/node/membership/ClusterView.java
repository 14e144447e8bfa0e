// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import io.anteroom.protocol.FilterKeys;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;

/**
 * The cluster of a generation, as its member sees it now. Filters can be members too, but only
 * nodes count here, unless a method says otherwise.
 */
final class ClusterView {
  private final Cluster cluster;

  private ClusterView(Cluster cluster) {
    this.cluster = cluster;
  }

  static ClusterView of(Generation generation) {
    return new ClusterView(Cluster.get(generation.system()));
  }

  boolean isUp() {
    return status().equals(MemberStatus.up());
  }

  /** Whether the generation is in no cluster: it has not joined one yet, or was removed from it. */
  boolean isRemoved() {
    return status() == MemberStatus.removed();
  }

  private MemberStatus status() {
    return cluster.selfMember().status();
  }

  /**
   * The UID of the generation's member, which tells apart the processes that have had its address.
   */
  long uid() {
    return uid(cluster.selfMember());
  }

  static long uid(Member member) {
    return member.uniqueAddress().longUid();
  }

  static boolean isNode(Member member) {
    return member.hasRole(FilterKeys.NODE_ROLE);
  }

  static boolean isLeaving(Member member) {
    return member.status() == MemberStatus.leaving() || member.status() == MemberStatus.exiting();
  }

  /** Whether the generation is the only member of its cluster, filters included. */
  boolean isAlone() {
    for (Member member : members()) {
      if (uid(member) != uid()) {
        return false;
      }
    }
    return true;
  }

  /** Whether there are other nodes in the cluster, and none of them is reachable. */
  boolean hasLostAllOthers(String self) {
    boolean others = false;
    for (Member member : members()) {
      others |= isNode(member) && uid(member) != uid();
    }
    return others && Set.of(self).containsAll(reachable());
  }

  /** All members, filters included. */
  Iterable<Member> members() {
    return cluster.state().getMembers();
  }

  /** Addresses of the reachable nodes. */
  Set<String> reachable() {
    CurrentClusterState state = cluster.state();
    Set<String> nodes = new TreeSet<>();
    for (Member member : state.getMembers()) {
      if (isNode(member) && !state.getUnreachable().contains(member)) {
        nodes.add(MemberAddresses.text(member.address()));
      }
    }
    return nodes;
  }

  /** Whether all nodes are reachable, apart from those that are leaving. */
  boolean reachesAll() {
    Set<String> nodes = new HashSet<>();
    for (Member member : members()) {
      if (isNode(member) && !isLeaving(member)) {
        nodes.add(MemberAddresses.text(member.address()));
      }
    }
    return reachable().containsAll(nodes);
  }

  /**
   * The standing of this node in the cluster, for other nodes.
   *
   * @param self the address of this node
   */
  Standing standing(String self) {
    return isUp()
        ? new Standing(self, Standing.State.UP, nodes())
        : new Standing(self, Standing.State.LOOKING, List.of());
  }

  private List<Standing.Node> nodes() {
    Set<String> reachable = reachable();
    List<Standing.Node> nodes = new ArrayList<>();
    for (Member member : members()) {
      if (isNode(member)) {
        String address = MemberAddresses.text(member.address());
        nodes.add(new Standing.Node(address, uid(member), reachable.contains(address)));
      }
    }
    return nodes;
  }

  /** Joins the cluster of the node at {@code host:port}. */
  void join(String node) {
    cluster.manager().tell(new JoinSeedNodes(List.of(MemberAddresses.parse(node))));
  }

  /** Forms a new cluster by joining itself. */
  void joinItself() {
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
  }

  void declareDead(Address member) {
    cluster.manager().tell(new Down(member));
  }

  /**
   * Declares down ({@code Down}) the members that another cluster has as well, filters included. An
   * earlier member of a node that is in the other cluster now is about to be removed, and is only
   * waited for: until then this member sends messages to its address, and they reach its successor.
   *
   * @return whether there were neither
   */
  boolean dropMembersOf(Standing other) {
    boolean clear = true;
    for (Member member : members()) {
      String address = MemberAddresses.text(member.address());
      if (other.knows(address, uid(member))) {
        declareDead(member.address());
        clear = false;
      } else if (other.knows(address) && uid(member) != uid()) {
        clear = false;
      }
    }
    return clear;
  }
}
