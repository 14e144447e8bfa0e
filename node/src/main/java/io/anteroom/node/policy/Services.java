// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.SettingsReader;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The services that policies may name: filters and operations. Immutable. */
final class Services {
  static final Services NONE = new Services(Map.of(), Set.of());

  private final Map<String, FilterSettings> filters = new TreeMap<>();
  private final Map<String, FilterSettings> operations = new TreeMap<>();
  private final Set<String> pools;

  Services(NodeSettings settings) {
    this(settings.filters(), settings.upstreams().keySet());
  }

  private Services(Map<String, FilterSettings> all, Set<String> pools) {
    all.forEach(
        (name, service) -> (service.operation() == null ? filters : operations).put(name, service));
    this.pools = pools;
  }

  /** The services as Java policies see them. */
  PolicyEnvironment environment(PolicyHost host) {
    return new PolicyEnvironment(
        asyncIds(operations),
        asyncIds(filters),
        pools,
        host.launches(),
        host.started(),
        host.counters(),
        host.nanoTime());
  }

  private static Map<String, Integer> asyncIds(Map<String, FilterSettings> services) {
    return services.values().stream()
        .collect(Collectors.toMap(FilterSettings::name, FilterSettings::asyncId));
  }

  Set<String> pools() {
    return pools;
  }

  /** The asyncIDs of all operations. */
  Set<Integer> operations() {
    return operations.values().stream().map(FilterSettings::asyncId).collect(Collectors.toSet());
  }

  /**
   * Finds a filter.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  FilterSettings filter(String name) {
    FilterSettings found = filters.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "filter " + SettingsReader.unknown(name, filters.keySet()));
    }
    return found;
  }

  /**
   * Finds a filter or an operation.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  FilterSettings any(String name) {
    FilterSettings operation = operations.get(name);
    return operation == null ? filter(name) : operation;
  }

  /**
   * Finds an operation of a kind.
   *
   * @param name null for the only one of this kind
   * @throws IllegalArgumentException if there is none, or no name and more than one
   */
  FilterSettings operation(String kind, @Nullable String name) {
    Set<String> known = new TreeSet<>();
    operations.forEach(
        (each, settings) -> {
          if (Objects.requireNonNull(settings.operation()).key().equals(kind)) {
            known.add(each);
          }
        });
    if (name == null && known.size() == 1) {
      return Objects.requireNonNull(operations.get(known.iterator().next()));
    } else if (name == null || !known.contains(name)) {
      throw new IllegalArgumentException(
          known.isEmpty()
              ? "no operation of kind " + kind + " is configured"
              : "operation "
                  + kind
                  + " "
                  + SettingsReader.unknown(name == null ? "" : name, known));
    }
    return Objects.requireNonNull(operations.get(name));
  }
}
