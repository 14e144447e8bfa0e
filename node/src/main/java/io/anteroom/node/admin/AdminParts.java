// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.cache.Purger;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.live.ConfigReloader;
import io.anteroom.node.live.Reloads;
import io.anteroom.node.query.Resources;
import io.anteroom.node.query.Tracer;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What there is to be seen of a node.
 *
 * @param tracer shows what the node would do
 * @param listeners which are never upstream servers
 * @param localNames how many names local data has now
 */
public record AdminParts(
    InCluster cluster,
    FilterServices services,
    Resources resources,
    Changes changes,
    Tracer tracer,
    OwnListeners listeners,
    IntSupplier localNames) {

  /**
   * The node as one of its cluster.
   *
   * @param node where other members know it
   * @param adminAgent of the cluster that the node is a member of now
   * @param localShards how many shards live on the node now
   * @param ready whether the node can suspend, and does not leave
   */
  public record InCluster(
      Address node,
      Supplier<AdminAgent> adminAgent,
      IntSupplier localShards,
      BooleanSupplier ready) {}

  /**
   * The ways to change what the node does.
   *
   * @param purger has the caches forget answers and verdicts
   * @param reloader changes the configuration and the rules
   * @param reloads counts how often the configuration was loaded again
   */
  public record Changes(
      ActorRef<Purger.Command> purger,
      ActorRef<ConfigReloader.Command> reloader,
      Reloads reloads) {}
}
