// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.config.CacheSettings;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The upstream pools by numbers, which are small in a key. A pool that nobody has named before gets
 * the next one; names come from the configuration alone, so there are few. Safe for any thread.
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

  /** Its number; -1 if nobody has named it. */
  int id(String name) {
    Pool known = byName.get(name);
    return known == null ? -1 : known.id();
  }

  /** Has the pools do as these settings say; those that are not named have the default ones. */
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
