// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.upstream.ServerStatus;
import io.anteroom.node.upstream.SharedPool;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.ToDoubleFunction;

/**
 * The metrics of upstream servers, made anew whenever they are read, as servers come and go.
 * Micrometer would keep those that have gone.
 */
final class UpstreamMetrics {
  private static final String PREFIX = "anteroom_upstream_";

  private final Map<String, SharedPool> pools;

  UpstreamMetrics(Map<String, SharedPool> pools) {
    this.pools = pools;
  }

  void register(PrometheusRegistry registry) {
    registry.register(
        () -> gauge("up", "Whether the server is thought to answer", s -> s.up() ? 1 : 0));
    registry.register(
        () -> gauge("failures", "Failures in a row, at most 16", ServerStatus::failures));
    registry.register(
        () -> gauge("outstanding", "Queries in flight now", ServerStatus::outstanding));
    registry.register(this::latency);
  }

  private GaugeSnapshot gauge(String name, String help, ToDoubleFunction<ServerStatus> value) {
    GaugeSnapshot.Builder all = GaugeSnapshot.builder().name(PREFIX + name).help(help);
    forEach(
        (labels, server) ->
            all.dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(labels)
                    .value(value.applyAsDouble(server))
                    .build()));
    return all.build();
  }

  private HistogramSnapshot latency() {
    HistogramSnapshot.Builder all =
        HistogramSnapshot.builder()
            .name(PREFIX + "server_latency_seconds")
            .help("Time from the query to the answer of this server, of those with one");
    forEach(
        (labels, server) ->
            all.dataPoint(
                HistogramDataPointSnapshot.builder()
                    .labels(labels)
                    .classicHistogramBuckets(
                        ClassicHistogramBuckets.of(
                            LatencyHistogram.boundsSeconds(), server.latency().counts()))
                    .sum(server.latency().sumNanos() / 1e9)
                    .build()));
    return all.build();
  }

  private void forEach(BiConsumer<Labels, ServerStatus> action) {
    pools.forEach(
        (pool, servers) ->
            servers
                .servers()
                .forEach(
                    server ->
                        action.accept(Labels.of("pool", pool, "server", server.server()), server)));
  }
}
