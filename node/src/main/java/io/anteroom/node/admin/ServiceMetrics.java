// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.filter.CircuitBreaker;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.SuspensionCounter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.TreeMap;

/** The metrics of filter services, including services added by a reload. */
final class ServiceMetrics {
  private static final String PREFIX = "anteroom_filter_";

  /** A service and one possible state of its circuit breaker. */
  private record BreakerState(FilterService service, CircuitBreaker.State state) {
    int isOn() {
      return service.breaker().state() == state ? 1 : 0;
    }
  }

  private ServiceMetrics() {}

  static void register(AdminParts parts, PrometheusRegistry registry) {
    Series<FilterService> services = new Series<>(registry, PREFIX, () -> services(parts));
    for (SuspensionCounter counter : SuspensionCounter.values()) {
      services.counter(counter.word(), counter.help(), s -> s.counters().get(counter));
    }
    services.gauge("suspended", "Queries that wait now", s -> s.limits().live());
    services.gauge("queued", "Requests that wait for credit now", s -> s.status().queued());
    services.gauge(
        "outstanding",
        "Requests that instances have now, whose queries still wait",
        s -> s.status().outstanding());
    services.gauge("instances", "Instances now", s -> s.status().instances().size());
    services.gauge("credits", "Requests that instances would take now", s -> s.status().credits());
    services.gauge("available", "Whether an instance is there now", s -> s.isAvailable() ? 1 : 0);
    services.histogram(
        "verdict_latency_seconds",
        "Time from suspension to verdict, of suspensions that a filter decided",
        s -> s.verdictLatency().snapshot());
    new Series<>(registry, PREFIX, () -> breakers(parts))
        .gauge(
            "breaker_state",
            "1 for the state of the circuit breaker, 0 for the others",
            BreakerState::isOn);
  }

  private static Map<Labels, FilterService> services(AdminParts parts) {
    Map<Labels, FilterService> all = new TreeMap<>();
    for (FilterService service : parts.services().all()) {
      all.put(labels(service), service);
    }
    return all;
  }

  private static Map<Labels, BreakerState> breakers(AdminParts parts) {
    Map<Labels, BreakerState> all = new TreeMap<>();
    for (FilterService service : parts.services().all()) {
      for (CircuitBreaker.State state : CircuitBreaker.State.values()) {
        Labels labels = labels(service).add("state", state.word());
        all.put(labels, new BreakerState(service, state));
      }
    }
    return all;
  }

  private static Labels labels(FilterService service) {
    return Labels.of("service", service.settings().name());
  }
}
