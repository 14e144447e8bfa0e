// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.cache.Purger.Forget;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterDispatcher;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.protocol.ToDispatcher;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * The filter services of a node. One that a reload takes away stays, as no rule can name it any
 * more: so what waits for it is decided as if nothing had been. There can't be more than asyncIDs.
 */
public final class LiveFilters {
  private static final DispatcherSelector FIRST = DispatcherSelector.fromConfig(EventLoops.FIRST);

  private final Map<Integer, FilterService> services;
  private final Map<Integer, ActorRef<ToDispatcher>> dispatchers;
  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Consumer<Forget> purger;
  private final LongSupplier clock;

  /**
   * The services of a node.
   *
   * @param services by asyncID; safe for any thread, and kept as they are now
   * @param dispatchers by asyncID; safe for any thread, and kept as they are now
   * @param region takes a verdict for a query that did not ask here
   * @param ended the keys that ended on this node
   * @param purger takes what filters want to be forgotten
   */
  public LiveFilters(
      Map<Integer, FilterService> services,
      Map<Integer, ActorRef<ToDispatcher>> dispatchers,
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      Consumer<Forget> purger,
      LongSupplier clock) {
    this.services = services;
    this.dispatchers = dispatchers;
    this.region = region;
    this.ended = ended;
    this.purger = purger;
    this.clock = clock;
  }

  /** Starts the dispatcher of a service. */
  public void start(ActorContext<?> context, FilterService service) {
    int asyncId = service.settings().asyncId();
    dispatchers.put(
        asyncId,
        context.spawn(
            FilterDispatcher.create(service, region, ended, purger, clock),
            "filter-dispatcher-" + asyncId,
            FIRST));
  }

  /** The settings of all services, those among them that are no longer asked. */
  List<FilterSettings> known() {
    return services.values().stream().map(FilterService::settings).toList();
  }

  /** Starts the services that are new, before any rule can name them. */
  void prepare(ActorContext<?> context, Collection<FilterSettings> next, Suspender suspender) {
    for (FilterSettings settings : next) {
      if (!services.containsKey(settings.asyncId())) {
        FilterService service = new FilterService(settings);
        start(context, service);
        suspender.add(service);
        services.put(settings.asyncId(), service);
      }
    }
  }

  /** Has those that stay do as these settings say. */
  void configure(Collection<FilterSettings> next) {
    for (FilterSettings settings : next) {
      FilterService service = services.get(settings.asyncId());
      if (service != null && !service.settings().equals(settings)) {
        service.configure(settings);
      }
    }
  }
}
