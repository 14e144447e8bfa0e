// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.admin.AdminAccess;
import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.ClusterSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.filter.Connectors;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.Live;
import io.anteroom.node.live.Reloads;
import io.anteroom.node.live.RuleBook;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.port.ClusterPort;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.upstream.SharedPool;
import io.anteroom.protocol.sdk.Filter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node is made of before there is an ActorSystem, and keeps whatever cluster it is in.
 *
 * @param live what of the configuration holds now
 * @param book the rules that the node begins with
 * @param embedded filters that run in this process, by asyncID
 * @param upstreams by the name of the pool
 * @param admin null for a node without an HTTP interface
 */
record NodeParts(
    NodeConfiguration configuration,
    Live live,
    RuleBook book,
    Reloads reloads,
    EventLoops loops,
    OpenSockets sockets,
    AnswerCache cache,
    VerdictCache verdicts,
    FilterServices services,
    Connectors connectors,
    Map<Integer, Filter> embedded,
    Counters<Counter> counters,
    Limits limits,
    ClusterPort clusterPort,
    Map<String, SharedPool> upstreams,
    @Nullable AdminAccess admin) {

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

  static AnswerCache cache(NodeSettings settings, Counters<Counter> counters) {
    return new AnswerCache(settings.cacheBytes(), settings.caches(), counters, System::nanoTime);
  }

  /** Whether the pool has a server that is not down. */
  static boolean isUsable(Map<String, SharedPool> upstreams, String name) {
    SharedPool pool = upstreams.get(name);
    return pool != null && pool.isUsable();
  }

  /** The port by which other members know this one. */
  int memberPort() {
    ClusterSettings cluster = configuration.settings().cluster();
    return cluster.bind() == null ? clusterPort.address().getPort() : cluster.port();
  }
}
