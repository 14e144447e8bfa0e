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
 * What a node has for suspended queries, whatever its cluster.
 *
 * @param filters their services, and the routers of these in each cluster
 * @param suspender by which queries are suspended
 * @param routers what the routers of each cluster use
 */
record FilterPart(LiveFilters filters, Suspender suspender, FilterRouters.Node routers) {
  private static final DispatcherSelector FIRST = DispatcherSelector.fromConfig(EventLoops.FIRST);

  /**
   * Starts it.
   *
   * @param purger takes what filters want to be forgotten
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
