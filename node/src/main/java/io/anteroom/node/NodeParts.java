// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.admin.AdminAccess;
import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.filter.Connectors;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.suspend.Homes;
import io.anteroom.node.upstream.SharedPool;
import io.anteroom.node.zone.LocalZones;
import io.anteroom.protocol.sdk.Filter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a node is made of before there is an ActorSystem.
 *
 * @param services by asyncID
 * @param embedded filters that run in this process, by asyncID
 * @param upstreams by the name of the pool
 * @param admin null for a node without an HTTP interface
 */
record NodeParts(
    NodeConfiguration configuration,
    EventLoops loops,
    OpenSockets sockets,
    LocalZones zones,
    AnswerCache cache,
    Map<Integer, FilterService> services,
    Connectors connectors,
    Map<Integer, Filter> embedded,
    Counters<Counter> counters,
    Homes homes,
    Map<String, SharedPool> upstreams,
    @Nullable AdminAccess admin) {

  static Map<Integer, FilterService> services(Map<String, FilterSettings> settings) {
    Map<Integer, FilterService> services = new LinkedHashMap<>();
    for (FilterSettings service : settings.values()) {
      services.put(service.asyncId(), new FilterService(service));
    }
    return services;
  }

  static Map<Integer, Filter> byAsyncId(
      Map<String, Filter> filters, Map<String, FilterSettings> settings) {
    Map<Integer, Filter> byAsyncId = new LinkedHashMap<>();
    filters.forEach(
        (name, filter) -> {
          FilterSettings service = settings.get(name);
          if (service == null || service.group() != null) {
            throw new IllegalArgumentException(
                "no filter service that has instances is called " + name);
          }
          byAsyncId.put(service.asyncId(), filter);
        });
    return byAsyncId;
  }

  static Map<String, SharedPool> upstreams(
      Map<String, PoolSettings> settings, Counters<Counter> counters) {
    Map<String, SharedPool> pools = new TreeMap<>();
    settings.forEach((name, pool) -> pools.put(name, new SharedPool(pool, counters)));
    return pools;
  }

  boolean isAvailable(int asyncId) {
    FilterService service = services.get(asyncId);
    return service != null && service.isAvailable();
  }
}
