// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.admin.AdminAgentActor.Gathered;
import io.anteroom.protocol.FilterKeys;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.StreamSupport;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;

/** Routes that show how each node is, and who is in the cluster as this node sees it. */
final class StatusRoutes extends AllDirectives {
  private final AdminParts parts;
  private final CacheRoutes.Gather gather;
  private final Executor executor;

  StatusRoutes(AdminParts parts, CacheRoutes.Gather gather, Executor executor) {
    this.parts = parts;
    this.gather = gather;
    this.executor = executor;
  }

  /**
   * A member of the cluster.
   *
   * @param role {@code node} or {@code filter}
   * @param state Pekko's word for it, in lower case: up, leaving, down
   */
  private record MemberRow(String member, String role, String state, boolean reachable) {
    static MemberRow of(Member member, Set<Member> unreachable) {
      return new MemberRow(
          Views.node(member.address()),
          member.hasRole(FilterKeys.NODE_ROLE) ? FilterKeys.NODE_ROLE : FilterKeys.FILTER_ROLE,
          member.status().toString().toLowerCase(Locale.ROOT),
          !unreachable.contains(member));
    }
  }

  private record Members(String asked, List<MemberRow> members) {}

  private record Status(
      String asked, List<StatusRow> nodes, List<MemberRow> members, List<String> unanswered) {}

  /** How all nodes are. */
  Route status() {
    return completeWithFuture(
        gather
            .ask(AdminAgentActor.ShowStatus::new)
            .thenApplyAsync(all -> Json.ok(status(all)), executor));
  }

  /** The members of the cluster. */
  Route members() {
    return complete(Json.ok(new Members(asked(), list())));
  }

  private Status status(Gathered all) {
    List<StatusRow> nodes =
        all.rows().stream()
            .filter(StatusRow.class::isInstance)
            .map(StatusRow.class::cast)
            .sorted(Comparator.comparing(StatusRow::node))
            .toList();
    return new Status(asked(), nodes, list(), all.unanswered());
  }

  private String asked() {
    return Views.node(parts.cluster().node());
  }

  private List<MemberRow> list() {
    CurrentClusterState state = Cluster.get(parts.cluster().adminAgent().get().member()).state();
    return StreamSupport.stream(state.getMembers().spliterator(), false)
        .map(member -> MemberRow.of(member, state.getUnreachable()))
        .sorted(Comparator.comparing(MemberRow::role).reversed().thenComparing(MemberRow::member))
        .toList();
  }
}
