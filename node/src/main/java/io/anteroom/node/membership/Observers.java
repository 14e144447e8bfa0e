// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.Reachability;
import org.apache.pekko.cluster.UniqueAddress;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Who cannot reach whom in a cluster, as its members tell one another. Pekko's public interface
 * says who is unreachable, but not for whom; its own split brain resolvers read the same table.
 */
final class Observers {
  private Observers() {}

  /**
   * Reads the table.
   *
   * @param system the member that asks
   * @param member makes what a member is told by, of its address and the number of its process
   * @return for each member that somebody cannot reach, who says so
   */
  static <M> Map<M, Set<M>> of(ActorSystem<?> system, BiFunction<String, Long, M> member) {
    Reachability table =
        org.apache.pekko.cluster.Cluster.get(Adapter.toClassic(system)).readView().reachability();
    Map<M, Set<M>> observers = new HashMap<>();
    for (Reachability.Record entry : CollectionConverters.asJava(table.records())) {
      if (!table.isReachable(entry.observer(), entry.subject())) {
        observers
            .computeIfAbsent(of(entry.subject(), member), subject -> new HashSet<>())
            .add(of(entry.observer(), member));
      }
    }
    return observers;
  }

  private static <M> M of(UniqueAddress address, BiFunction<String, Long, M> member) {
    return member.apply(MemberAddresses.text(address.address()), address.longUid());
  }
}
