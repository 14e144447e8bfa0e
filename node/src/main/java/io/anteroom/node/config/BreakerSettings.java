// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;

/**
 * Settings of the circuit breaker of a filter service.
 *
 * @param ratio the share of the suspensions ended within the window that must have timed out to
 *     open the breaker, above 0 and at most 1
 * @param atLeast the minimum number of suspensions that ended within the window
 * @param window the length of the window, 10 ms to 1 h
 * @param probeEvery how often a query is suspended while the breaker is open, to test whether the
 *     service decides again
 */
public record BreakerSettings(double ratio, int atLeast, Duration window, Duration probeEvery) {
  public static final BreakerSettings DEFAULT =
      new BreakerSettings(0.5, 100, Duration.ofSeconds(10), Duration.ofSeconds(1));
}
