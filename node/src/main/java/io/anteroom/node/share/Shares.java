// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.share;

import io.anteroom.protocol.FilterKeys;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.jspecify.annotations.Nullable;

/**
 * Connects the shared tables of a node with its current cluster. The tables outlive the cluster.
 * Thread-safe.
 */
public final class Shares {
  private final List<Table> tables = new ArrayList<>();
  private @Nullable ActorSystem<?> member;

  private record Table(String name, SharedTable.Bound bound, ActorRef<SharedTable.Command> ref) {}

  /** Creates shares for an existing member. */
  public static Shares of(ActorSystem<?> member) {
    Shares shares = new Shares();
    shares.join(member);
    return shares;
  }

  synchronized void add(String name, SharedTable.Bound bound, ActorRef<SharedTable.Command> ref) {
    Table table = new Table(name, bound, ref);
    tables.add(table);
    if (member != null) {
      join(member, table);
    }
  }

  /** Connects the tables with the cluster of this member. */
  public synchronized void join(ActorSystem<?> now) {
    member = now;
    tables.forEach(table -> join(now, table));
  }

  private static void join(ActorSystem<?> member, Table table) {
    member.systemActorOf(
        TableReplica.create(table.name(), table.bound(), table.ref()),
        "table-" + table.name(),
        Props.empty());
  }

  /** Called when nodes that know the current tables have become unreachable. */
  public synchronized void apart() {
    tables.forEach(table -> table.ref().tell(SharedTable.APART));
  }

  /** Called when there are other nodes and all are reachable. */
  public synchronized void whole() {
    tables.forEach(table -> table.ref().tell(SharedTable.WHOLE));
  }

  /** Whether this node is the oldest of its cluster. */
  public boolean isOldest() {
    ActorSystem<?> now = member();
    if (now == null) {
      return false;
    }
    Cluster cluster = Cluster.get(now);
    Member self = cluster.selfMember();
    if (!self.status().equals(MemberStatus.up())) {
      return false;
    }
    for (Member node : cluster.state().getMembers()) {
      if (node.hasRole(FilterKeys.NODE_ROLE) && node.isOlderThan(self)) {
        return false;
      }
    }
    return true;
  }

  /** A number that no other current or former node of the cluster has. */
  public long memberId() {
    ActorSystem<?> now = member();
    return now == null ? 0 : Cluster.get(now).selfMember().uniqueAddress().longUid();
  }

  private synchronized @Nullable ActorSystem<?> member() {
    return member;
  }
}
