// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.rate.Limits;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/** The metrics of the clients that are blocked. */
final class BlockMetrics {
  private BlockMetrics() {}

  static void register(Limits limits, MeterRegistry registry) {
    for (BlockAction.Kind kind : BlockAction.Kind.values()) {
      Gauge.builder("anteroom_blocks", limits, all -> count(all, kind))
          .tags("action", kind.name().toLowerCase(Locale.ROOT))
          .description("Blocks of clients that hold now, on all nodes alike")
          .register(registry);
    }
  }

  private static long count(Limits limits, BlockAction.Kind kind) {
    return limits.blocks().stream().filter(block -> block.action().kind() == kind).count();
  }
}
