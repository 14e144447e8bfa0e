// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.LatencyHistogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Metrics of one kind of object, with one time series per object that exists at the time of a
 * scrape. Values are read from the node during the scrape; a series ends with its object.
 *
 * @param registry where the metrics are registered
 * @param prefix prefix of all metric names
 * @param things supplies the current objects, by their labels
 */
record Series<T>(PrometheusRegistry registry, String prefix, Supplier<Map<Labels, T>> things) {

  /** Metrics of the node as a whole, without labels. */
  static Series<Object> ofNode(PrometheusRegistry registry, String prefix) {
    Map<Labels, Object> node = Map.of(Labels.EMPTY, prefix);
    return new Series<>(registry, prefix, () -> node);
  }

  void counter(String name, String help, ToDoubleFunction<T> value) {
    registry.register(
        () -> {
          CounterSnapshot.Builder all = CounterSnapshot.builder().name(prefix + name).help(help);
          things
              .get()
              .forEach(
                  (labels, thing) ->
                      all.dataPoint(
                          CounterDataPointSnapshot.builder()
                              .labels(labels)
                              .value(value.applyAsDouble(thing))
                              .build()));
          return all.build();
        });
  }

  void gauge(String name, String help, ToDoubleFunction<T> value) {
    registry.register(
        () -> {
          GaugeSnapshot.Builder all = GaugeSnapshot.builder().name(prefix + name).help(help);
          things
              .get()
              .forEach(
                  (labels, thing) ->
                      all.dataPoint(
                          GaugeDataPointSnapshot.builder()
                              .labels(labels)
                              .value(value.applyAsDouble(thing))
                              .build()));
          return all.build();
        });
  }

  void histogram(String name, String help, Function<T, LatencyHistogram.Snapshot> value) {
    registry.register(
        () -> {
          HistogramSnapshot.Builder all =
              HistogramSnapshot.builder().name(prefix + name).help(help);
          things.get().forEach((labels, thing) -> all.dataPoint(point(labels, value.apply(thing))));
          return all.build();
        });
  }

  private static HistogramDataPointSnapshot point(
      Labels labels, LatencyHistogram.Snapshot snapshot) {
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(
            ClassicHistogramBuckets.of(LatencyHistogram.boundsSeconds(), snapshot.counts()))
        .sum(snapshot.sumNanos() / 1e9)
        .build();
  }
}
