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
 * All filter services of a node, by asyncID. Whoever needs one asks here: all hold the same
 * registry, and nobody a map of his own. Safe for any thread.
 *
 * <p>A reload that brings services makes them complete first, and then publishes all services, old
 * and new, with one write; so a service that is found here has its routers. None is ever taken
 * away: what waits for one that the configuration no longer has is decided as before.
 *
 * <p>A look-up is one volatile read and a binary search among as many ids as there are services.
 */
public final class FilterServices {
  private volatile Snapshot now;

  /** A registry with these services. */
  public FilterServices(Collection<FilterService> services) {
    now = new Snapshot(services);
  }

  /** A registry with a new service for each of these settings. */
  public static FilterServices of(Collection<FilterSettings> settings) {
    return new FilterServices(settings.stream().map(FilterService::new).toList());
  }

  /** The service with this asyncID; null if there is none. */
  public @Nullable FilterService get(int asyncId) {
    return now.get(asyncId);
  }

  /** The service with this asyncID, which the configuration was checked to have. */
  public FilterService require(int asyncId) {
    return Objects.requireNonNull(now.get(asyncId));
  }

  /** All services, as they are now, by rising asyncID. */
  public List<FilterService> all() {
    return now.services;
  }

  /** All services as they are now. */
  public Snapshot snapshot() {
    return now;
  }

  /** Has everybody find these services from now on. */
  public void publish(Snapshot next) {
    now = next;
  }

  /** The services at one time. Immutable. */
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

    /** The service of this name; null if there is none. */
    public @Nullable FilterService named(String name) {
      for (FilterService service : services) {
        if (service.name().equals(name)) {
          return service;
        }
      }
      return null;
    }

    /** These services, and more, whose asyncIDs are not among them. */
    public Snapshot with(Collection<FilterService> more) {
      List<FilterService> all = new ArrayList<>(services);
      all.addAll(more);
      return new Snapshot(all);
    }
  }
}
