// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.listener.Certificates;
import io.anteroom.node.live.Reloads;
import io.anteroom.protocol.ProtocolMessage;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * The metrics of a node in the Prometheus text format. Values are not copied: each scrape reads the
 * node's own counters and histograms, see {@link Series}.
 */
final class Metrics {
  private static final String PREFIX = "anteroom_";

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter format = PrometheusTextFormatWriter.create();
  private final AdminParts parts;

  Metrics(AdminParts parts) {
    this.parts = parts;
    addBuild();
    addNode();
    addCaches();
    addSerializers();
    addReloads();
    addCertificates();
    ServiceMetrics.register(parts, registry);
    TaskMetrics.register(parts.resources(), registry);
    BlockMetrics.register(parts.resources().limits(), registry);
    UpstreamMetrics.register(parts.resources().upstreams(), registry);
    JvmMetrics.register(registry);
  }

  byte[] scrape() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      format.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
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
    registry.register(() -> build);
  }

  private void addNode() {
    Series<Object> node = Series.ofNode(registry, PREFIX);
    for (Counter counter : Counter.values()) {
      node.counter(counter.word(), counter.help(), it -> parts.resources().counters().get(counter));
    }
    KernelDrops drops = new KernelDrops(parts.listeners().ports());
    if (drops.areCounted()) {
      node.counter(
          "listener_kernel_drops",
          "Datagrams that the system dropped because a receive buffer was full",
          it -> drops.count());
    }
    node.gauge(
        "local_shards",
        "Shards that live on this node",
        it -> parts.cluster().localShards().getAsInt());
    node.gauge(
        "local_names", "Names in hosts files and zones", it -> parts.localNames().getAsInt());
  }

  private void addCaches() {
    Series<Object> node = Series.ofNode(registry, PREFIX);
    node.gauge(
        "cache_entries",
        "Answers in the answer cache, about",
        it -> parts.resources().cache().size());
    node.gauge(
        "cache_bytes", "Memory that they take, about", it -> parts.resources().cache().bytes());
    node.gauge(
        "verdict_cache_entries",
        "Verdicts in the verdict cache, about",
        it -> parts.resources().verdicts().size());
    node.gauge(
        "verdict_cache_bytes",
        "Memory that they take, about",
        it -> parts.resources().verdicts().bytes());
    node.counter(
        "verdict_cache_evictions",
        "Verdicts that went before their time because there were too many",
        it -> parts.resources().verdicts().evicted());
  }

  private void addSerializers() {
    Map<Labels, ToLongFunction<ActorSystem<?>>> all =
        Map.of(
            Labels.of("protocol", "filter"), it -> kryo(it, ProtocolMessage.class).unreadable(),
            Labels.of("protocol", "node"), it -> kryo(it, ClusterMessage.class).unreadable(),
            Labels.of("protocol", "admin"), AdminSerializer::unreadable);
    new Series<>(registry, PREFIX, () -> all)
        .counter(
            "messages_unreadable",
            "Messages of other members dropped because they can't be read",
            count -> count.applyAsLong(member()));
    Map<Labels, Class<?>> batches =
        Map.of(
            Labels.of("protocol", "filter"), ProtocolMessage.class,
            Labels.of("protocol", "node"), ClusterMessage.class);
    new Series<>(registry, PREFIX, () -> batches)
        .counter(
            "message_parts_unreadable",
            "Parts of messages of other members left out because they can't be read",
            type -> kryo(member(), type).skipped());
  }

  private ActorSystem<?> member() {
    return parts.cluster().adminAgent().get().member();
  }

  private static KryoMessageSerializer kryo(ActorSystem<?> member, Class<?> messages) {
    return KryoMessageSerializer.of(member, messages);
  }

  private void addCertificates() {
    new Series<>(registry, PREFIX, this::certificates)
        .gauge(
            "tls_certificate_expiry_seconds",
            "When the certificate of a listener expires, in seconds since 1970",
            certificate -> certificate.notAfter().getEpochSecond());
  }

  private Map<Labels, Certificates.Status> certificates() {
    Map<Labels, Certificates.Status> all = new TreeMap<>();
    for (Certificates.Status each : parts.sockets().certificates().get()) {
      all.put(Labels.of("listener", each.listener(), "file", each.file()), each);
    }
    return all;
  }

  private void addReloads() {
    Map<Labels, Boolean> results =
        Map.of(Labels.of("result", "success"), true, Labels.of("result", "failure"), false);
    Reloads reloads = parts.changes().reloads();
    new Series<>(registry, PREFIX, () -> results)
        .counter(
            "config_reloads",
            "Times that the configuration was to be loaded again, by what came of it",
            success -> success ? reloads.succeeded() : reloads.failed());
    Series.ofNode(registry, PREFIX)
        .gauge(
            "config_loaded_seconds",
            "When the configuration was loaded that holds now, in seconds since 1970",
            it -> reloads.lastSeconds());
  }
}
