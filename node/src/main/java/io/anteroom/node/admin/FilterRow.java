// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.LatencyHistogram;
import java.util.List;
import java.util.Map;

/**
 * A filter service on one node.
 *
 * @param available whether an instance has granted credits, or the service is a group
 * @param breaker the state of its circuit breaker: closed, open, probing or off
 * @param suspended number of queries that wait for the service
 * @param queued number of requests that wait for credit
 * @param outstanding number of requests at instances whose queries still wait
 * @param counts values of the counters since the node started, by name
 * @param members the members of a group; empty for other services
 * @param decide the group's setting {@code decide}; empty for other services
 */
record FilterRow(
    String service,
    int asyncId,
    String node,
    boolean available,
    String breaker,
    int suspended,
    int queued,
    int outstanding,
    List<InstanceRow> instances,
    Map<String, Long> counts,
    Latency latencyMicros,
    List<String> members,
    String decide)
    implements AdminPage.Row {
  /** Maximum number of instances in a row, because the size of a message is bounded. */
  static final int MAX_INSTANCES = 500;

  /**
   * An instance of the service.
   *
   * @param path of the instance's actor
   * @param granted number of requests that it takes at once
   * @param credits number of credits left
   */
  record InstanceRow(String path, int granted, int credits, int outstanding) {}

  /** Latency of verdicts since the node started. */
  record Latency(long count, long p50, long p90, long p99) {
    static Latency of(LatencyHistogram.Snapshot snapshot) {
      return new Latency(
          snapshot.count(),
          snapshot.quantileMicros(0.5),
          snapshot.quantileMicros(0.9),
          snapshot.quantileMicros(0.99));
    }
  }
}
