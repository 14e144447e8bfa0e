// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.cache.Purger.Forget;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterDispatcher;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.GroupDispatcher;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.protocol.ToDispatcher;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
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
  private final Set<String> pools;
  private final Consumer<SuspensionCommand> region;
  private final EndedKeys ended;
  private final Consumer<Forget> purger;
  private final LongSupplier clock;

  /**
   * The services of a node.
   *
   * @param services by asyncID; safe for any thread, and kept as they are now
   * @param dispatchers by asyncID; safe for any thread, and kept as they are now
   * @param pools the upstream pools that there are at any time
   * @param region takes a verdict for a query that did not ask here
   * @param ended the keys that ended on this node
   * @param purger takes what filters want to be forgotten
   */
  public LiveFilters(
      Map<Integer, FilterService> services,
      Map<Integer, ActorRef<ToDispatcher>> dispatchers,
      Set<String> pools,
      Consumer<SuspensionCommand> region,
      EndedKeys ended,
      Consumer<Forget> purger,
      LongSupplier clock) {
    this.services = services;
    this.dispatchers = dispatchers;
    this.pools = pools;
    this.region = region;
    this.ended = ended;
    this.purger = purger;
    this.clock = clock;
  }

  /** Starts the dispatchers of all services. */
  public void start(ActorContext<?> context) {
    start(context, services.values());
  }

  /** Those that have members come after these. */
  private void start(ActorContext<?> context, Collection<FilterService> starting) {
    for (FilterService service : starting) {
      if (service.settings().group() == null) {
        spawn(context, service, FilterDispatcher.create(service, region, ended, purger, clock));
      }
    }
    for (FilterService service : starting) {
      GroupSettings group = service.settings().group();
      if (group != null) {
        List<GroupDispatcher.Member> members = group.members().stream().map(this::member).toList();
        spawn(context, service, GroupDispatcher.create(service, members, pools, ended, clock));
      }
    }
  }

  private void spawn(
      ActorContext<?> context, FilterService service, Behavior<ToDispatcher> dispatcher) {
    int asyncId = service.settings().asyncId();
    dispatchers.put(asyncId, context.spawn(dispatcher, "filter-dispatcher-" + asyncId, FIRST));
  }

  private GroupDispatcher.Member member(String name) {
    for (FilterService service : services.values()) {
      ActorRef<ToDispatcher> dispatcher = dispatchers.get(service.settings().asyncId());
      if (service.settings().name().equals(name) && dispatcher != null) {
        return new GroupDispatcher.Member(service, dispatcher);
      }
    }
    throw new IllegalStateException("the configuration was checked to have filter " + name);
  }

  /** The settings of all services, those among them that are no longer asked. */
  List<FilterSettings> known() {
    return services.values().stream().map(FilterService::settings).toList();
  }

  /** Starts the services that are new, before any rule can name them. */
  void prepare(ActorContext<?> context, Collection<FilterSettings> next, Suspender suspender) {
    List<FilterService> fresh = new ArrayList<>();
    for (FilterSettings settings : next) {
      if (!services.containsKey(settings.asyncId())) {
        FilterService service = new FilterService(settings);
        fresh.add(service);
        suspender.add(service);
        services.put(settings.asyncId(), service);
      }
    }
    start(context, fresh);
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
