// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

/**
 * Load balancing policies: which healthy server gets a query. With all policies, servers that
 * failed recently come last.
 */
public enum ServerPolicy {
  /** The first in the order of the configuration, as in c-ares. */
  FIRST_AVAILABLE,
  /** The one with the fewest queries in flight relative to its weight. */
  LEAST_OUTSTANDING,
  /** Each in turn, as often as its weight says. */
  ROUND_ROBIN,
  /** A random one, by weight. */
  WEIGHTED_RANDOM,
  /**
   * Always the same for a name, unless it has too many queries in flight (consistent hashing with
   * bounded loads), so that each name is in the cache of only one server.
   */
  CONSISTENT_HASH,
  /** Several at the same time; the first good answer wins. */
  PARALLEL
}
