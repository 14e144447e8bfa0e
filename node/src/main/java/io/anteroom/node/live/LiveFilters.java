// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.suspend.Suspender;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The filter services of a node, and their dispatchers in each cluster that it is a member of. A
 * service that a reload takes away stays, as no rule can name it any more: so what waits for it is
 * decided as if nothing had been. There can't be more than asyncIDs. Safe for any thread.
 */
public final class LiveFilters {
  private final Map<Integer, FilterService> services;
  private final List<Dispatchers> clusters = new ArrayList<>();
  private @Nullable Dispatchers current;

  /**
   * The services of a node.
   *
   * @param services by asyncID; safe for any thread, and kept as they are now
   */
  public LiveFilters(Map<Integer, FilterService> services) {
    this.services = services;
  }

  /** Starts the dispatchers of all services in a cluster that the node becomes a member of. */
  public synchronized void start(Dispatchers cluster) {
    inOrder(services.values().stream().map(FilterService::settings))
        .map(settings -> services.get(settings.asyncId()))
        .forEach(cluster::start);
    clusters.add(cluster);
  }

  /** From now on queries are suspended in this cluster. */
  public synchronized void takeOver(Dispatchers cluster) {
    current = cluster;
    cluster.takeOver();
  }

  /** The node has left this cluster. */
  public synchronized void ended(Dispatchers cluster) {
    clusters.remove(cluster);
  }

  private static Stream<FilterSettings> inOrder(Stream<FilterSettings> services) {
    return services.sorted(Comparator.comparingInt(Dispatchers::startOrder));
  }

  /** The settings of all services, those among them that are no longer asked. */
  List<FilterSettings> known() {
    return services.values().stream().map(FilterService::settings).toList();
  }

  /** Starts the services that are new, before any rule can name them. */
  synchronized void prepare(Collection<FilterSettings> next, Suspender suspender) {
    inOrder(next.stream())
        .filter(settings -> !services.containsKey(settings.asyncId()))
        .forEach(settings -> add(new FilterService(settings), suspender));
  }

  private void add(FilterService service, Suspender suspender) {
    services.put(service.settings().asyncId(), service);
    suspender.add(service);
    clusters.forEach(cluster -> cluster.start(service));
    if (current != null) {
      current.takeOver();
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
