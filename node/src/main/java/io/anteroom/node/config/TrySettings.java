// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.Set;

/**
 * Settings for the tries of a query to a pool.
 *
 * @param timeout the timeout of the first try for each server, until its response time is known
 * @param maxTimeout the maximum timeout of a try
 * @param tries the number of tries for each server
 * @param deadline the limit for all tries together
 * @param failoverOn response codes after which another server is tried
 */
public record TrySettings(
    Duration timeout, Duration maxTimeout, int tries, Duration deadline, Set<Integer> failoverOn) {

  /** The defaults of c-ares, a deadline of 4 s, and failover on SERVFAIL, NOTIMP and REFUSED. */
  public static final TrySettings DEFAULT =
      new TrySettings(
          Duration.ofSeconds(2), Duration.ofSeconds(5), 3, Duration.ofSeconds(4), Set.of(2, 4, 5));

  public TrySettings {
    failoverOn = Set.copyOf(failoverOn);
  }
}
