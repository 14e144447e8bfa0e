// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.Set;

/**
 * How long and how often the servers of a pool are tried.
 *
 * @param timeout for the first try at each server, until it is known how fast it answers
 * @param maxTimeout for any one try
 * @param tries at each server
 * @param deadline for all tries together, which always wins
 * @param failoverOn response codes upon which another server is asked
 */
public record TrySettings(
    Duration timeout, Duration maxTimeout, int tries, Duration deadline, Set<Integer> failoverOn) {

  /** c-ares' values, and a deadline of 4 s; SERVFAIL, NOTIMP and REFUSED are no last word. */
  public static final TrySettings DEFAULT =
      new TrySettings(
          Duration.ofSeconds(2), Duration.ofSeconds(5), 3, Duration.ofSeconds(4), Set.of(2, 4, 5));

  public TrySettings {
    failoverOn = Set.copyOf(failoverOn);
  }
}
