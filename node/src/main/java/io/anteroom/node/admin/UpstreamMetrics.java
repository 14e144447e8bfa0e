// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.upstream.ServerStatus;
import io.anteroom.node.upstream.SharedPool;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The metrics of upstream pools and servers, which may be added and removed while the node runs.
 */
final class UpstreamMetrics {
  private static final String PREFIX = "anteroom_upstream_";

  private UpstreamMetrics() {}

  static void register(Map<String, SharedPool> pools, PrometheusRegistry registry) {
    Series<SharedPool> ofPools = new Series<>(registry, PREFIX, () -> pools(pools));
    ofPools.histogram(
        "latency_seconds",
        "Time from forwarding to the answer of an upstream server, all tries together",
        pool -> pool.latency().snapshot());
    Series<ServerStatus> ofServers = new Series<>(registry, PREFIX, () -> servers(pools));
    ofServers.gauge("up", "Whether the server is thought to answer", s -> s.up() ? 1 : 0);
    ofServers.gauge("failures", "Failures in a row, at most 16", ServerStatus::failures);
    ofServers.gauge("outstanding", "Queries in flight now", ServerStatus::outstanding);
    ofServers.histogram(
        "server_latency_seconds",
        "Time from the query to the answer of this server, of those with one",
        ServerStatus::latency);
  }

  private static Map<Labels, SharedPool> pools(Map<String, SharedPool> pools) {
    Map<Labels, SharedPool> all = new LinkedHashMap<>();
    pools.forEach((name, pool) -> all.put(Labels.of("pool", name), pool));
    return all;
  }

  private static Map<Labels, ServerStatus> servers(Map<String, SharedPool> pools) {
    Map<Labels, ServerStatus> all = new LinkedHashMap<>();
    pools.forEach(
        (name, pool) ->
            pool.servers()
                .forEach(
                    server -> all.put(Labels.of("pool", name, "server", server.server()), server)));
    return all;
  }
}
