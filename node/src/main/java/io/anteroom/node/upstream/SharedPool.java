// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.LatencyHistogram;

/**
 * What the event loops of a node have in common for one upstream pool, each of which has a {@link
 * ServerPool} of its own. Safe for any thread.
 */
public final class SharedPool {
  private final PoolSettings settings;
  private final LatencyHistogram latency = new LatencyHistogram();
  private final SharedLookups lookups = new SharedLookups();

  public SharedPool(PoolSettings settings) {
    this.settings = settings;
  }

  public PoolSettings settings() {
    return settings;
  }

  /** Of the answers, from when a query was sent to the pool; all loops together. */
  public LatencyHistogram latency() {
    return latency;
  }

  SharedLookups lookups() {
    return lookups;
  }
}
