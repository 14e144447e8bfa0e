// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerText;
import io.anteroom.node.flow.LatencyHistogram;

/**
 * How a server of a pool does now, all event loops together.
 *
 * @param server as the configuration writes it; no two of a pool are the same
 * @param up whether it is thought to answer
 * @param failures in a row, at most 16
 * @param outstanding queries in flight
 * @param latency of its answers since it was set
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
