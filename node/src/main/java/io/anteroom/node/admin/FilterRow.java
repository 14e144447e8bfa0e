// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.flow.LatencyHistogram;
import java.util.List;
import java.util.Map;

/**
 * A filter service on one node.
 *
 * @param available whether it is asked at all
 * @param breaker the state of its circuit breaker: closed, open, probing or off
 * @param suspended queries that wait for it
 * @param queued requests that wait for credit
 * @param outstanding requests that instances have, whose queries still wait
 * @param counts by the word of the counter, since the node started
 * @param members the services that it is a group of; empty if it is none
 * @param decide when a group decides, in the word of the configuration; empty if it is none
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
  /** Told of at most; a message has a largest size. */
  static final int MAX_INSTANCES = 500;

  /**
   * An instance of the service.
   *
   * @param path of its actor
   * @param granted how many requests it takes at once
   * @param credits how many more it takes now
   */
  record InstanceRow(String path, int granted, int credits, int outstanding) {}

  /** How long verdicts took since the node started. */
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
