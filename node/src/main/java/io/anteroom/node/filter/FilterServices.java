// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.FilterSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All filter services of a node, by asyncID. The only registry of services: no class keeps a map of
 * its own. Thread-safe.
 *
 * <p>A reload completes new services first and then publishes all services, old and new, with one
 * write; so every service found here has its filter routers. No service is ever removed: queries
 * that wait for a service which has left the configuration are decided as before.
 *
 * <p>A lookup is one volatile read and a binary search over the asyncIDs.
 */
public final class FilterServices {
  private volatile Snapshot now;

  /** Creates a registry with these services. */
  public FilterServices(Collection<FilterService> services) {
    now = new Snapshot(services);
  }

  /** Creates a registry with a new service for each of these settings. */
  public static FilterServices of(Collection<FilterSettings> settings) {
    return new FilterServices(settings.stream().map(FilterService::new).toList());
  }

  /** The service with this asyncID; null if there is none. */
  public @Nullable FilterService get(int asyncId) {
    return now.get(asyncId);
  }

  /** The service with this asyncID; it must exist. */
  public FilterService require(int asyncId) {
    return Objects.requireNonNull(now.get(asyncId));
  }

  /** All current services, by ascending asyncID. */
  public List<FilterService> all() {
    return now.services;
  }

  /** All current services. */
  public Snapshot snapshot() {
    return now;
  }

  /** Publishes these services to all threads. */
  public void publish(Snapshot next) {
    now = next;
  }

  /** All services at one time. Immutable. */
  public static final class Snapshot {
    private final int[] asyncIds;
    private final List<FilterService> services;

    private Snapshot(Collection<FilterService> services) {
      this.services =
          services.stream().sorted(Comparator.comparingInt(FilterService::asyncId)).toList();
      this.asyncIds = this.services.stream().mapToInt(FilterService::asyncId).toArray();
    }

    @Nullable FilterService get(int asyncId) {
      int at = Arrays.binarySearch(asyncIds, asyncId);
      return at < 0 ? null : services.get(at);
    }

    /** The service with this name; null if there is none. */
    public @Nullable FilterService named(String name) {
      for (FilterService service : services) {
        if (service.name().equals(name)) {
          return service;
        }
      }
      return null;
    }

    /** These services and {@code more}, which must have other asyncIDs. */
    public Snapshot with(Collection<FilterService> more) {
      List<FilterService> all = new ArrayList<>(services);
      all.addAll(more);
      return new Snapshot(all);
    }
  }
}
