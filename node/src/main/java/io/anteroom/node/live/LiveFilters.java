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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
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
   * @param pools the names of the upstream pools; kept as they are now
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
    membersFirst(services.values().stream().map(FilterService::settings))
        .forEach(
            settings -> start(context, Objects.requireNonNull(services.get(settings.asyncId()))));
  }

  /** A group needs the dispatchers of its members. */
  private static Stream<FilterSettings> membersFirst(Stream<FilterSettings> services) {
    return services.sorted(Comparator.comparing(settings -> settings.group() != null));
  }

  private void start(ActorContext<?> context, FilterService service) {
    int asyncId = service.settings().asyncId();
    GroupSettings group = service.settings().group();
    dispatchers.put(
        asyncId,
        context.spawn(
            group == null
                ? FilterDispatcher.create(service, region, ended, purger, clock)
                : GroupDispatcher.create(service, members(group), pools, ended, clock),
            "filter-dispatcher-" + asyncId,
            FIRST));
  }

  private List<GroupDispatcher.Member> members(GroupSettings group) {
    Map<String, FilterService> byName = new HashMap<>();
    services.values().forEach(service -> byName.put(service.settings().name(), service));
    List<GroupDispatcher.Member> members = new ArrayList<>();
    for (String name : group.members()) {
      FilterService service = Objects.requireNonNull(byName.get(name));
      ActorRef<ToDispatcher> dispatcher = dispatchers.get(service.settings().asyncId());
      members.add(new GroupDispatcher.Member(service, Objects.requireNonNull(dispatcher)));
    }
    return members;
  }

  /** The settings of all services, those among them that are no longer asked. */
  List<FilterSettings> known() {
    return services.values().stream().map(FilterService::settings).toList();
  }

  /** Starts the services that are new, before any rule can name them. */
  void prepare(ActorContext<?> context, Collection<FilterSettings> next, Suspender suspender) {
    membersFirst(next.stream())
        .filter(settings -> !services.containsKey(settings.asyncId()))
        .forEach(
            settings -> {
              FilterService service = new FilterService(settings);
              start(context, service);
              suspender.add(service);
              services.put(settings.asyncId(), service);
            });
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
