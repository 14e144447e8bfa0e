// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts the routers of a node's filter services in each of its clusters, and applies reloads to
 * the services. A service that a reload removes from the configuration stays, though no rule can
 * name it any more, so that queries waiting for it are still decided. The number of asyncIDs bounds
 * the services. Thread-safe.
 */
public final class LiveFilters {
  private final FilterServices services;
  private final List<FilterRouters> clusters = new ArrayList<>();
  private @Nullable FilterRouters current;

  /** Creates one for the services of a node. */
  public LiveFilters(FilterServices services) {
    this.services = services;
  }

  /** Starts the filter routers of all services in a cluster that the node joins. */
  public synchronized void start(FilterRouters cluster) {
    inOrder(services.all()).forEach(service -> cluster.start(service, services.snapshot()));
    clusters.add(cluster);
  }

  /**
   * Makes this the cluster in which queries are suspended from now on. Nothing happens if the node
   * has left it already: another cluster follows.
   */
  public synchronized void takeOver(FilterRouters cluster) {
    if (clusters.contains(cluster)) {
      current = cluster;
      services.all().forEach(cluster::takeOver);
    }
  }

  /** Called when the node has left this cluster. */
  public synchronized void ended(FilterRouters cluster) {
    clusters.remove(cluster);
    if (current == cluster) {
      current = null;
    }
    cluster.ended();
  }

  private static List<FilterService> inOrder(Collection<FilterService> services) {
    return services.stream().sorted(Comparator.comparingInt(FilterRouters::startOrder)).toList();
  }

  /** The settings of all services, including those that are no longer configured. */
  List<FilterSettings> known() {
    return services.all().stream().map(FilterService::settings).toList();
  }

  /** Starts new services, before any rule can name them. */
  synchronized void prepare(Collection<FilterSettings> next) {
    List<FilterService> added =
        next.stream()
            .filter(settings -> services.get(settings.asyncId()) == null)
            .map(FilterService::new)
            .toList();
    if (added.isEmpty()) {
      return;
    }
    FilterServices.Snapshot all = services.snapshot().with(added);
    for (FilterRouters cluster : clusters) {
      // A cluster that the node is leaving starts nothing any more.
      if (!cluster.isEnding()) {
        inOrder(added).forEach(each -> cluster.start(each, all));
      }
    }
    if (current != null && !current.isEnding()) {
      added.forEach(current::takeOver);
    }
    services.publish(all);
  }

  /** Applies these settings to the existing services. */
  void configure(Collection<FilterSettings> next) {
    for (FilterSettings settings : next) {
      FilterService service = services.get(settings.asyncId());
      if (service != null && !service.settings().equals(settings)) {
        service.configure(settings);
      }
    }
  }
}
