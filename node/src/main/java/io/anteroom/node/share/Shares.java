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
 * Connects the shared tables of a node with the cluster that it is a member of, whichever that is
 * at the time. The tables outlive it. Safe for any thread.
 */
public final class Shares {
  private final List<Table> tables = new ArrayList<>();
  private @Nullable ActorSystem<?> member;

  private record Table(String name, SharedTable.Bound bound, ActorRef<SharedTable.Command> ref) {}

  /** For a member that is there already. */
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

  /** From now on the tables are those of the cluster that this member belongs to. */
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

  /** Nodes that know the tables as they are can no longer be reached. */
  public synchronized void apart() {
    tables.forEach(table -> table.ref().tell(SharedTable.APART));
  }

  /** There are other nodes, and none is missing. */
  public synchronized void whole() {
    tables.forEach(table -> table.ref().tell(SharedTable.WHOLE));
  }

  /** Whether this node is the oldest of its cluster, to which all others have come. */
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

  /** A number that no other node has, of those that are or were in its cluster. */
  public long memberId() {
    ActorSystem<?> now = member();
    return now == null ? 0 : Cluster.get(now).selfMember().uniqueAddress().longUid();
  }

  private synchronized @Nullable ActorSystem<?> member() {
    return member;
  }
}
