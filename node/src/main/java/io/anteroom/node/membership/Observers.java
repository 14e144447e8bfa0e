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
 * Reads from Pekko's reachability table which members observe which others as unreachable. Pekko's
 * public API tells which members are unreachable, but not by which observers; its own split brain
 * resolvers read the same table.
 */
final class Observers {
  private Observers() {}

  /**
   * Reads the table.
   *
   * @param system the member that reads
   * @param member creates the identity of a member from its address and UID
   * @return for each unreachable member, its observers
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
