// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.filter.CircuitBreaker;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.live.Reloads;
import io.anteroom.node.query.Resources;
import io.anteroom.protocol.ProtocolMessage;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;

/**
 * The metrics of a node in the text format of Prometheus.
 *
 * <p>The counters of the node are the only ones there are: Micrometer reads them when it is asked.
 * The histograms are the node's own too, and go to Prometheus' registry beneath Micrometer: its
 * Timer keeps a decaying maximum and takes a lock now and then, which the way of a query has no
 * time for.
 */
final class Metrics {
  private static final String PREFIX = "anteroom_";

  private final PrometheusRegistry prometheus = new PrometheusRegistry();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, prometheus, Clock.SYSTEM);

  /** Micrometer refers weakly to what it reads; this holds it. */
  private final AdminParts parts;

  private final Resources resources;

  /** The registry keeps no hold of what it reads from. */
  private final KernelDrops drops;

  private final Set<String> services = new HashSet<>();

  Metrics(AdminParts parts) {
    this.parts = parts;
    this.resources = parts.resources();
    this.drops = new KernelDrops(parts.listeners().ports());
    registry.throwExceptionOnRegistrationFailure();
    addBuild();
    addNode();
    addReloads();
    addServices();
    BlockMetrics.register(resources.limits(), registry);
    addHistograms();
    new UpstreamMetrics(resources.upstreams()).register(prometheus);
    addJvm();
  }

  byte[] scrape() {
    addServices();
    return registry.scrape().getBytes(StandardCharsets.UTF_8);
  }

  private void addBuild() {
    InfoSnapshot build =
        InfoSnapshot.builder()
            .name(PREFIX + "build")
            .help("What runs here")
            .dataPoint(
                InfoDataPointSnapshot.builder()
                    .labels(
                        Labels.of(
                            "version", BuildVersion.text(), "java", Runtime.version().toString()))
                    .build())
            .build();
    prometheus.register(() -> build);
  }

  private void addNode() {
    for (Counter counter : Counter.values()) {
      FunctionCounter.builder(
              PREFIX + counter.word(), resources.counters(), all -> all.get(counter))
          .description(counter.help())
          .register(registry);
    }
    if (drops.areCounted()) {
      FunctionCounter.builder(PREFIX + "listener_kernel_drops", drops, KernelDrops::count)
          .description("Datagrams that the system dropped because a receive buffer was full")
          .register(registry);
    }
    Gauge.builder(PREFIX + "homes", parts.cluster().homes(), IntSupplier::getAsInt)
        .description("Shards that live on this node")
        .register(registry);
    Gauge.builder(PREFIX + "local_names", parts, seen -> seen.localNames().getAsInt())
        .description("Names in hosts files and zones")
        .register(registry);
    Gauge.builder(PREFIX + "cache_entries", resources.cache(), AnswerCache::size)
        .description("Answers in the answer cache, about")
        .register(registry);
    Gauge.builder(PREFIX + "cache_bytes", resources.cache(), AnswerCache::bytes)
        .description("Memory that they take, about")
        .register(registry);
    Gauge.builder(PREFIX + "verdict_cache_entries", resources.verdicts(), VerdictCache::size)
        .description("Verdicts in the verdict cache, about")
        .register(registry);
    Gauge.builder(PREFIX + "verdict_cache_bytes", resources.verdicts(), VerdictCache::bytes)
        .description("Memory that they take, about")
        .register(registry);
    FunctionCounter.builder(
            PREFIX + "verdict_cache_evictions", resources.verdicts(), VerdictCache::evicted)
        .description("Verdicts that went before their time because there were too many")
        .register(registry);
    Map.of(
            "filter",
            ProtocolMessage.class,
            "node",
            ClusterMessage.class,
            "admin",
            AdminMessage.class)
        .forEach(
            (name, messages) -> {
              serializer(
                  "messages_unreadable",
                  "Messages of other members dropped because they can't be read",
                  name,
                  messages,
                  KryoMessageSerializer::unreadable);
              serializer(
                  "message_parts_unreadable",
                  "Parts of messages of other members left out because they can't be read",
                  name,
                  messages,
                  KryoMessageSerializer::skipped);
            });
  }

  private void serializer(
      String metric,
      String description,
      String protocol,
      Class<?> messages,
      ToDoubleFunction<KryoMessageSerializer> value) {
    FunctionCounter.builder(
            PREFIX + metric,
            parts,
            seen ->
                value.applyAsDouble(
                    KryoMessageSerializer.of(seen.cluster().desk().get().member(), messages)))
        .tags("protocol", protocol)
        .description(description)
        .register(registry);
  }

  /** Those that a reload has brought are added when they are first read. */
  private synchronized void addServices() {
    for (FilterService service : parts.services().all()) {
      if (services.add(service.settings().name())) {
        addService(service);
      }
    }
  }

  private void addReloads() {
    for (boolean success : new boolean[] {true, false}) {
      FunctionCounter.builder(
              PREFIX + "config_reloads",
              parts.changes().reloads(),
              reloads -> success ? reloads.succeeded() : reloads.failed())
          .tags("result", success ? "success" : "failure")
          .description("Times that the configuration was to be loaded again, by what came of it")
          .register(registry);
    }
    Gauge.builder(PREFIX + "config_loaded_seconds", parts.changes().reloads(), Reloads::lastSeconds)
        .description("When the configuration was loaded that holds now, in seconds since 1970")
        .register(registry);
  }

  private void addService(FilterService service) {
    Tags tags = Tags.of("service", service.settings().name());
    for (SuspensionCounter counter : SuspensionCounter.values()) {
      FunctionCounter.builder(
              PREFIX + "filter_" + counter.word(), service.counters(), all -> all.get(counter))
          .tags(tags)
          .description(counter.help())
          .register(registry);
    }
    gauge(service, "suspended", "Queries that wait now", s -> s.limits().live());
    gauge(service, "queued", "Requests that wait for credit now", s -> s.status().queued());
    gauge(
        service,
        "outstanding",
        "Requests that instances have now, whose queries still wait",
        s -> s.status().outstanding());
    gauge(service, "instances", "Instances now", s -> s.status().instances().size());
    gauge(service, "credits", "Requests that instances would take now", s -> s.status().credits());
    gauge(service, "available", "Whether an instance is there now", s -> s.isAvailable() ? 1 : 0);
    for (CircuitBreaker.State state : CircuitBreaker.State.values()) {
      Gauge.builder(
              PREFIX + "filter_breaker_state", service, s -> s.breaker().state() == state ? 1 : 0)
          .tags(tags.and("state", state.word()))
          .description("1 for the state of the circuit breaker, 0 for the others")
          .register(registry);
    }
  }

  private void gauge(
      FilterService service, String word, String help, ToDoubleFunction<FilterService> value) {
    Gauge.builder(PREFIX + "filter_" + word, service, value)
        .tags("service", service.settings().name())
        .description(help)
        .register(registry);
  }

  private void addHistograms() {
    prometheus.register(
        () ->
            histogram(
                "filter_verdict_latency_seconds",
                "Time from suspension to verdict, of suspensions that a filter decided",
                "service",
                verdictLatencies()));
    prometheus.register(
        () ->
            histogram(
                "upstream_latency_seconds",
                "Time from forwarding to the answer of an upstream server, all tries together",
                "pool",
                upstreamLatencies()));
  }

  private Map<String, LatencyHistogram> verdictLatencies() {
    Map<String, LatencyHistogram> verdicts = new TreeMap<>();
    parts
        .services()
        .all()
        .forEach(service -> verdicts.put(service.settings().name(), service.verdictLatency()));
    return verdicts;
  }

  private Map<String, LatencyHistogram> upstreamLatencies() {
    Map<String, LatencyHistogram> upstreams = new TreeMap<>();
    resources.upstreams().forEach((name, pool) -> upstreams.put(name, pool.latency()));
    return upstreams;
  }

  private static HistogramSnapshot histogram(
      String name, String help, String label, Map<String, LatencyHistogram> histograms) {
    HistogramSnapshot.Builder all = HistogramSnapshot.builder().name(PREFIX + name).help(help);
    histograms.forEach(
        (value, histogram) -> {
          LatencyHistogram.Snapshot snapshot = histogram.snapshot();
          all.dataPoint(
              HistogramDataPointSnapshot.builder()
                  .labels(Labels.of(label, value))
                  .classicHistogramBuckets(
                      ClassicHistogramBuckets.of(
                          LatencyHistogram.boundsSeconds(), snapshot.counts()))
                  .sum(snapshot.sumNanos() / 1e9)
                  .build());
        });
    return all.build();
  }

  /** The node's end is that of its process, so nothing here is ever closed. */
  @SuppressWarnings("resource")
  private void addJvm() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmGcMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
  }
}
