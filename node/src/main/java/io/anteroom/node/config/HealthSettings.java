// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a pool learns which of its servers are well.
 *
 * @param retryChance one query in so many is copied to a server that failed; 0 copies none
 * @param retryDelay how long a server that failed is left alone before that
 * @param downAfter failures in a row after which a server is said to be down
 * @param check asks every server now and then; null if only clients' queries show how they are
 */
public record HealthSettings(
    int retryChance, Duration retryDelay, int downAfter, @Nullable Check check) {

  /** c-ares' values, without checks of our own. */
  public static final HealthSettings DEFAULT =
      new HealthSettings(10, Duration.ofSeconds(5), 3, null);

  /**
   * A query that a server must answer with NOERROR or NXDOMAIN to be well.
   *
   * @param name absolute or relative to the root
   * @param type of the record, as a number
   * @param interval between two checks of a server
   * @param timeout of one
   */
  public record Check(String name, int type, Duration interval, Duration timeout) {}
}
