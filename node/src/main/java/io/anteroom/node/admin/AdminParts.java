// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.cache.Purger;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.listener.Certificates;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.ConfigReloader;
import io.anteroom.node.live.Reloads;
import io.anteroom.node.query.Resources;
import io.anteroom.node.query.Tracer;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The parts of a node that the admin interface shows.
 *
 * @param tracer shows how the node would process a query
 * @param listeners listening addresses, which are rejected as upstream servers
 * @param localNames current number of names in local data
 * @param sockets what is open to clients
 */
public record AdminParts(
    InCluster cluster,
    FilterServices services,
    Resources resources,
    Changes changes,
    Tracer tracer,
    OwnListeners listeners,
    IntSupplier localNames,
    Sockets sockets) {

  /**
   * The node as a cluster member.
   *
   * @param node its address in the cluster
   * @param adminAgent the admin agent in the node's current cluster
   * @param localShards current number of shards on the node
   * @param ready whether the node can suspend queries and is not leaving
   */
  public record InCluster(
      Address node,
      Supplier<AdminAgent> adminAgent,
      IntSupplier localShards,
      BooleanSupplier ready) {}

  /**
   * What is open to clients.
   *
   * @param bound the sockets now
   * @param certificates the certificates of listeners now
   */
  public record Sockets(
      Supplier<List<OpenSockets.Bound>> bound, Supplier<List<Certificates.Status>> certificates) {}

  /**
   * The parts that carry out operators' changes.
   *
   * @param purger purges answers and verdicts from the caches
   * @param reloader changes the configuration and the rules
   * @param reloads counts the reloads of the configuration
   */
  public record Changes(
      ActorRef<Purger.Command> purger,
      ActorRef<ConfigReloader.Command> reloader,
      Reloads reloads) {}
}
