// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;

/**
 * Settings for the choice of servers in a pool.
 *
 * @param policy chooses among healthy servers
 * @param rotate whether {@link ServerPolicy#FIRST_AVAILABLE} chooses a random one
 * @param width the number of servers queried at the same time with {@link ServerPolicy#PARALLEL}
 * @param grace how long a negative answer waits for a better one with {@link ServerPolicy#PARALLEL}
 * @param loadFactor how many times the mean load a server may have with {@link
 *     ServerPolicy#CONSISTENT_HASH} before the next one is used
 */
public record ChoiceSettings(
    ServerPolicy policy, boolean rotate, int width, Duration grace, double loadFactor) {

  public static final ChoiceSettings DEFAULT =
      new ChoiceSettings(ServerPolicy.FIRST_AVAILABLE, false, 2, Duration.ofMillis(100), 1.25);
}
