// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.cache.Purger;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.live.FilterRouters;
import io.anteroom.node.live.LiveFilters;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.protocol.ToInstance;
import java.security.SecureRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Objects of a node for suspended queries that do not depend on its cluster.
 *
 * @param filters the filter services, and their routers in each cluster
 * @param suspender suspends queries
 * @param routers objects that the routers of each cluster use
 */
record FilterPart(LiveFilters filters, Suspender suspender, FilterRouters.Node routers) {
  private static final DispatcherSelector FIRST = DispatcherSelector.fromConfig(EventLoops.FIRST);

  /**
   * Starts the connectors, and creates the rest.
   *
   * @param purger receives the purges that filters request
   */
  static FilterPart start(
      ActorContext<?> context,
      NodeParts parts,
      Consumer<Purger.Forget> purger,
      SecureRandom random) {
    NodeParts.Filters filters = parts.filters();
    LongSupplier clock = parts.resources().nanoTime();
    startConnectors(context, parts, random);
    return new FilterPart(
        new LiveFilters(filters.services()),
        new Suspender(
            filters.services(),
            parts.settings().maxSuspendedBytes(),
            parts.resources().verdicts(),
            random,
            clock),
        new FilterRouters.Node(
            filters.services(),
            parts.resources().upstreams().keySet(),
            filters.connectors(),
            purger,
            clock));
  }

  private static void startConnectors(
      ActorContext<?> context, NodeParts parts, SecureRandom random) {
    NodeParts.Filters filters = parts.filters();
    LongSupplier clock = parts.resources().nanoTime();
    for (FilterService service : filters.services().all()) {
      Behavior<ToInstance> connector =
          filters.connectors().datagrams(service, parts.loops().get(0), clock, random);
      if (connector != null) {
        service.connectBy(context.spawn(connector, "connector-" + service.asyncId(), FIRST));
      }
    }
  }
}
