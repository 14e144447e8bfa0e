// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.filter.FilterService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the listeners of a starting node when its cluster, shared rules and filters are there, or
 * after the maximum time. A node that answered earlier would let names pass that filters or shared
 * rules block. The sockets are bound before; packets that arrive meanwhile stay in their buffers.
 * For one thread.
 */
final class ListenerStart {
  private static final Logger LOG = LoggerFactory.getLogger(ListenerStart.class);

  private final NodeParts parts;
  private final long beganNanos;
  private final Runnable open;
  private boolean opened;

  /** Starts the listeners at once if the maximum time in the settings is 0. */
  ListenerStart(NodeParts parts, long nowNanos, Runnable open) {
    this.parts = parts;
    this.beganNanos = nowNanos;
    this.open = open;
    if (parts.settings().startWithin().isZero()) {
      open();
    }
  }

  /**
   * Checks whether the listeners can start. To be called periodically.
   *
   * @param canSuspend whether queries can be suspended
   * @return whether the listeners have been started
   */
  boolean look(boolean canSuspend, long nowNanos) {
    if (opened) {
      return true;
    }
    String missing = missing(canSuspend);
    long waited = nowNanos - beganNanos;
    if (missing == null) {
      open();
    } else if (waited >= parts.settings().startWithin().toNanos()) {
      LOG.warn(
          "the node answers after {} ms, though {}",
          TimeUnit.NANOSECONDS.toMillis(waited),
          missing);
      open();
    }
    return opened;
  }

  /** What is still missing, as part of a log line; null if nothing is. */
  private @Nullable String missing(boolean canSuspend) {
    if (!canSuspend) {
      return "it is in no cluster yet, and on-no-filter decides";
    } else if (!parts.live().hasSharedRules()) {
      return "it does not know yet what operators changed about the rules on other nodes";
    }
    List<String> filters = missingFilters();
    return filters.isEmpty()
        ? null
        : "no instance is there of filter " + String.join(", ", filters);
  }

  private void open() {
    opened = true;
    open.run();
  }

  private List<String> missingFilters() {
    List<String> missing = new ArrayList<>();
    for (int asyncId : parts.live().rules().services()) {
      FilterService service = parts.filters().services().get(asyncId);
      if (service == null || !service.isAvailable()) {
        missing.add(service == null ? String.valueOf(asyncId) : service.settings().name());
      }
    }
    return missing;
  }
}
