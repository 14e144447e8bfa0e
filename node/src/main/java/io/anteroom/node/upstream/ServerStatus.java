// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerText;
import io.anteroom.node.flow.LatencyHistogram;

/**
 * State of a server of a pool, over all event loops.
 *
 * @param server as in the configuration; unique within a pool
 * @param up false if it counts as down
 * @param failures in a row, at most 16
 * @param outstanding queries in flight
 * @param latency of its answers since it was added to the pool
 */
public record ServerStatus(
    String server, boolean up, int failures, long outstanding, LatencyHistogram.Snapshot latency) {

  static ServerStatus of(ServerHealth health) {
    return new ServerStatus(
        ServerText.of(health.server()),
        health.isUp(),
        health.failures(),
        Math.max(0, health.outstanding()),
        health.latency().snapshot());
  }
}
