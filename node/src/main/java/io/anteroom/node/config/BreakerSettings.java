// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;

/**
 * When a filter service that times out is left alone.
 *
 * @param ratio of the suspensions that ended within the window, how many must have timed out for
 *     the service to be left alone, above 0 and at most 1
 * @param atLeast how many suspensions must have ended within the window before that counts
 * @param window how far it looks back, 10 ms to 1 h
 * @param probeEvery how often a service that is left alone is asked all the same, to see whether it
 *     decides again
 */
public record BreakerSettings(double ratio, int atLeast, Duration window, Duration probeEvery) {
  public static final BreakerSettings DEFAULT =
      new BreakerSettings(0.5, 100, Duration.ofSeconds(10), Duration.ofSeconds(1));
}
