// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.config.CacheSettings;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Numbers for upstream pools, which take less memory in a key than names. A new name gets the next
 * number; names come only from the configuration, so there are few. Thread-safe.
 */
final class Pools {
  private final Map<String, Pool> byName = new ConcurrentHashMap<>();
  private final List<String> names = new CopyOnWriteArrayList<>();

  record Pool(int id, CacheSettings settings) {}

  Pools(Map<String, CacheSettings> settings) {
    settings.forEach(this::add);
  }

  Pool get(String name) {
    Pool known = byName.get(name);
    return known == null ? add(name, CacheSettings.DEFAULT) : known;
  }

  /** The number of a pool; -1 if the name is unknown. */
  int id(String name) {
    Pool known = byName.get(name);
    return known == null ? -1 : known.id();
  }

  /** Applies settings to pools; pools without settings have the default ones. */
  synchronized void configure(Map<String, CacheSettings> settings) {
    byName.replaceAll(
        (name, pool) -> new Pool(pool.id(), settings.getOrDefault(name, CacheSettings.DEFAULT)));
    settings.forEach(this::add);
  }

  private synchronized Pool add(String name, CacheSettings settings) {
    return byName.computeIfAbsent(
        name,
        n -> {
          names.add(n);
          return new Pool(names.size() - 1, settings);
        });
  }

  String name(int id) {
    return names.get(id);
  }
}
