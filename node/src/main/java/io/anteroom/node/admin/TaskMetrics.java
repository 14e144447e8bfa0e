// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.operation.TaskCounter;
import io.anteroom.node.operation.TaskStats;
import io.anteroom.node.operation.WorkerPools;
import io.anteroom.node.policy.PolicyMetrics;
import io.anteroom.node.query.Resources;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** The metrics of worker tasks, and those that policies count themselves. */
final class TaskMetrics {
  private static final String PREFIX = "anteroom_policy_";

  private TaskMetrics() {}

  static void register(Resources resources, PrometheusRegistry registry) {
    tasks(resources.workers(), registry);
    PolicyMetrics metrics = resources.policies();
    new Series<>(registry, PREFIX, () -> counters(metrics))
        .counter("counter", "Counters of policies", DoubleAdder::sum);
    Series<PolicyMetrics.Alerts> alerts =
        new Series<>(registry, PREFIX, () -> byPolicy(metrics.alerts()));
    alerts.counter("alerts", "Alerts of policies", PolicyMetrics.Alerts::all);
    alerts.counter(
        "alerts_unlogged",
        "Alerts of policies that are not in the log because there were too many in a second",
        PolicyMetrics.Alerts::unlogged);
    new Series<>(registry, PREFIX, () -> byPolicy(metrics.filesLeftOut()))
        .counter(
            "files_left_out",
            "Files of answers that policies were not told of because too many waited",
            LongAdder::sum);
    new Series<>(registry, PREFIX, () -> byPolicy(metrics.failures()))
        .counter(
            "callbacks_failed",
            "Calls of policies that failed: for results of tasks, and for files",
            LongAdder::sum);
    given(metrics, registry);
  }

  private static void given(PolicyMetrics metrics, PrometheusRegistry registry) {
    Series<Object> node = Series.ofNode(registry, "anteroom_");
    for (PolicyMetrics.Given each : metrics.given()) {
      if (each.gauge()) {
        node.gauge(each.name(), each.help(), of -> each.value().getAsLong());
      } else {
        node.counter(each.name(), each.help(), of -> each.value().getAsLong());
      }
    }
  }

  private static void tasks(WorkerPools workers, PrometheusRegistry registry) {
    Series<TaskStats> tasks = new Series<>(registry, PREFIX + "tasks_", () -> stats(workers));
    for (TaskCounter counter : TaskCounter.values()) {
      tasks.counter(counter.word(), counter.help(), s -> s.get(counter));
    }
    tasks.gauge("pending", "Worker tasks that wait for a thread now", TaskStats::pending);
    tasks.gauge(
        "running", "Worker tasks that run now, within their time limit", TaskStats::running);
    tasks.gauge(
        "overrun", "Worker threads that a task holds now past its time limit", TaskStats::overrun);
  }

  private static Map<Labels, TaskStats> stats(WorkerPools workers) {
    Map<Labels, TaskStats> all = new TreeMap<>();
    workers.stats().forEach(stats -> all.put(Labels.of("policy", stats.policy()), stats));
    return all;
  }

  private static Map<Labels, DoubleAdder> counters(PolicyMetrics metrics) {
    Map<Labels, DoubleAdder> all = new TreeMap<>();
    metrics
        .counters()
        .forEach(
            (counter, value) ->
                all.put(Labels.of("policy", counter.policy(), "name", counter.name()), value));
    return all;
  }

  private static <T> Map<Labels, T> byPolicy(Map<String, T> policies) {
    Map<Labels, T> all = new TreeMap<>();
    policies.forEach((policy, value) -> all.put(Labels.of("policy", policy), value));
    return all;
  }
}
