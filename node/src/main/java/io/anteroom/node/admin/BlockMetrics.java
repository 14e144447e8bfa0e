// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.rate.Limits;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The metrics of blocks. */
final class BlockMetrics {
  private BlockMetrics() {}

  static void register(Limits limits, PrometheusRegistry registry) {
    Map<Labels, BlockAction.Kind> kinds = new LinkedHashMap<>();
    for (BlockAction.Kind kind : BlockAction.Kind.values()) {
      kinds.put(Labels.of("action", kind.name().toLowerCase(Locale.ROOT)), kind);
    }
    new Series<>(registry, "anteroom_", () -> kinds)
        .gauge(
            "blocks",
            "Blocks of clients that hold now, on all nodes alike",
            kind -> count(limits, kind));
  }

  private static long count(Limits limits, BlockAction.Kind kind) {
    return limits.blocks().stream().filter(block -> block.action().kind() == kind).count();
  }
}
