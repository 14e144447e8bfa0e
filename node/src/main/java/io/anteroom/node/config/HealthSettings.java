// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/**
 * Settings for the health of a pool's servers.
 *
 * @param retryChance one in this many queries is copied to a failed server; 0 copies none
 * @param retryDelay how long after a failure no query is copied
 * @param downAfter unanswered queries in a row after which a server is reported as down
 * @param check the active health check; null for none
 */
public record HealthSettings(
    int retryChance, Duration retryDelay, int downAfter, @Nullable Check check) {

  /** The defaults of c-ares, without active checks. */
  public static final HealthSettings DEFAULT =
      new HealthSettings(10, Duration.ofSeconds(5), 3, null);

  /**
   * An active health check: a query that a healthy server answers.
   *
   * @param name absolute or relative to the root
   * @param type the record type
   * @param interval the time between two checks of a server
   * @param timeout the timeout of a check
   * @param failing response codes that a healthy server does not give; null for all but NOERROR and
   *     NXDOMAIN
   */
  public record Check(
      String name, int type, Duration interval, Duration timeout, @Nullable Set<Integer> failing) {

    /** Whether an answer with this response code is a failure. */
    public boolean fails(int rcode) {
      return failing == null
          ? rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN
          : failing.contains(rcode);
    }
  }
}
