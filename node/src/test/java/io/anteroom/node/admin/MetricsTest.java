// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

final class MetricsTest {
  private static final int QUERIES = 5;

  /** A sample line of the text format: name, labels, value. */
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ([-+0-9.eE]+|NaN|[+-]?Inf)");

  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");

  @TempDir private static Path directory;
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static TestNode node;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            filters.quick { async-id = 3 }
            rules.query = [ { match = all, action { suspend = quick } } ]
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(upstream.address().getPort(), directory.resolve("token")),
            Map.of("quick", request -> CompletableFuture.completedFuture(Verdict.proceed())));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @Test
  void certificate_isThere_withTheTimeOfItsEnd() {
    // It is valid for two days.
    double soonest = Instant.now().plus(Duration.ofDays(1)).getEpochSecond();

    assertThat(scrape())
        .hasEntrySatisfying(
            "anteroom_tls_certificate_expiry_seconds{file=\"%s\",listener=\"tls 127.0.0.1:0\"}"
                .formatted(TlsFiles.ofThisRun().certificate()),
            end -> assertThat(end).isBetween(soonest, soonest + 90_000));
  }

  @Test
  void everyCounter_isThereOnce_withTheValueOfTheNode() {
    ask();

    Map<String, Double> samples = scrape();

    for (Counter counter : Counter.values()) {
      assertThat(samples)
          .as(counter.name())
          .containsEntry("anteroom_" + counter.word() + "_total", (double) node.count(counter));
    }
    for (SuspensionCounter counter : SuspensionCounter.values()) {
      assertThat(samples)
          .as(counter.name())
          .containsEntry(
              "anteroom_filter_" + counter.word() + "_total{service=\"quick\"}",
              (double) node.count(3, counter));
    }
  }

  @Test
  void histograms_haveWhatWasAsked() {
    ask();

    Map<String, Double> samples = scrape();

    double verdicts =
        node.count(3, SuspensionCounter.RESUMED) + node.count(3, SuspensionCounter.DROPPED);
    String latency = "anteroom_filter_verdict_latency_seconds";
    assertThat(samples.get(latency + "_count{service=\"quick\"}")).isEqualTo(verdicts);
    assertThat(samples.get(latency + "_bucket{service=\"quick\",le=\"+Inf\"}")).isEqualTo(verdicts);
    assertThat(samples).containsKey(latency + "_bucket{service=\"quick\",le=\"5.0E-5\"}");
    assertThat(samples.get(latency + "_sum{service=\"quick\"}")).isPositive();
    assertThat(samples.get("anteroom_upstream_latency_seconds_count{pool=\"default\"}"))
        .isEqualTo((double) node.count(Counter.FORWARDED));
  }

  @Test
  void gauges_areThere() {
    Map<String, Double> samples = scrape();

    assertThat(samples)
        .containsEntry("anteroom_filter_available{service=\"quick\"}", 1.0)
        .containsEntry("anteroom_filter_instances{service=\"quick\"}", 1.0)
        .containsEntry("anteroom_filter_suspended{service=\"quick\"}", 0.0)
        .containsEntry("anteroom_filter_queued{service=\"quick\"}", 0.0)
        .containsEntry("anteroom_filter_outstanding{service=\"quick\"}", 0.0)
        .containsEntry("anteroom_filter_breaker_state{service=\"quick\",state=\"closed\"}", 1.0)
        .containsEntry("anteroom_filter_breaker_state{service=\"quick\",state=\"open\"}", 0.0)
        .containsEntry("anteroom_filter_breaker_state{service=\"quick\",state=\"probing\"}", 0.0)
        .containsEntry("anteroom_filter_breaker_state{service=\"quick\",state=\"off\"}", 0.0);
    assertThat(samples.get("anteroom_filter_credits{service=\"quick\"}")).isPositive();
    assertThat(samples.get("anteroom_local_shards")).isPositive();
    assertThat(samples.keySet())
        .anyMatch(name -> name.startsWith("anteroom_build_info{"))
        .anyMatch(name -> name.startsWith("jvm_memory_used_bytes{"))
        .anyMatch(name -> name.startsWith("jvm_gc_"));
  }

  @Test
  void upstreamServers_areThere_withTheirState() {
    ask();

    Map<String, Double> samples = scrape();

    String labels =
        "{pool=\"default\",server=\"127.0.0.1:%d\"}".formatted(upstream.address().getPort());
    assertThat(samples)
        .containsEntry("anteroom_upstream_up" + labels, 1.0)
        .containsEntry("anteroom_upstream_failures" + labels, 0.0)
        .containsEntry("anteroom_upstream_outstanding" + labels, 0.0);
    assertThat(samples.get("anteroom_upstream_server_latency_seconds_count" + labels))
        .isEqualTo((double) node.count(Counter.UPSTREAM_ANSWERS));
  }

  /** A label with a name or a client in it would be a series for each. */
  @Test
  void labels_areOfTheConfigurationOnly() {
    ask();

    for (String sample : scrape().keySet()) {
      if (sample.startsWith("anteroom_")) {
        Matcher labels = LABEL.matcher(sample);
        while (labels.find()) {
          assertThat(labels.group(1))
              .isIn(
                  Set.of(
                      "service",
                      "pool",
                      "server",
                      "le",
                      "protocol",
                      "version",
                      "java",
                      "state",
                      "action",
                      "result",
                      "listener",
                      "file"));
        }
        assertThat(sample).doesNotContain("example");
      }
    }
  }

  private static void ask() {
    try (UdpClient client = node.udp()) {
      for (int i = 0; i < QUERIES; i++) {
        client.ask(query(i, "a" + i + ".example", Type.A));
      }
    }
    node.assertAtRest();
  }

  private static Map<String, Double> scrape() {
    HttpCaller.Answer answer = new HttpCaller(node.node().adminAddress()).get("/metrics");
    assertThat(answer.head()).contains("Content-Type: text/plain; version=0.0.4; charset=UTF-8");
    Map<String, Double> samples = new LinkedHashMap<>();
    for (String line : answer.body().split("\n")) {
      if (!line.startsWith("# HELP ") && !line.startsWith("# TYPE ")) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        String labels = sample.group(2) == null ? "" : "{" + sample.group(2) + "}";
        double value =
            sample.group(3).endsWith("Inf")
                ? Double.POSITIVE_INFINITY
                : Double.parseDouble(sample.group(3));
        assertThat(samples.put(sample.group(1) + labels, value)).as("twice: " + line).isNull();
      }
    }
    return samples;
  }
}
