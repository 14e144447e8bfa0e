// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

/**
 * Which of the servers that are well is asked first; those that failed of late come last with all.
 */
public enum ServerPolicy {
  /** The first in the order of the configuration, as c-ares has it. */
  FIRST_AVAILABLE,
  /** The one with the fewest queries in flight for its weight. */
  LEAST_OUTSTANDING,
  /** Each in its turn, as often as its weight says. */
  ROUND_ROBIN,
  /** At random, by weight. */
  WEIGHTED_RANDOM,
  /**
   * Always the same for a name, unless it has too many queries in flight (consistent hashing with
   * bounded loads): caches behind the pool then hold each name once.
   */
  CONSISTENT_HASH,
  /** Several at once; the first good answer wins. */
  PARALLEL
}
