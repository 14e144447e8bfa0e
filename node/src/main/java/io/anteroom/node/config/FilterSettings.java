// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One filter service.
 *
 * @param timeout how long a query waits for its verdict, 1 ms to 1 h
 * @param onTimeout when it did not come in time
 * @param onOverload when a limit is reached
 * @param onNoFilter when no instance is registered, or the node has no shard of its own
 * @param maxSuspended queries of this service that wait at once on this node
 * @param maxPerClient of which by one client address
 * @param maxQueued requests that wait for credit on this node
 * @param breaker when the service is left alone; null for never
 * @param connector the filter that is no member, if the service has one
 * @param group the services that decide together as this one; null for one that has instances
 */
public record FilterSettings(
    String name,
    int asyncId,
    Duration timeout,
    Policy onTimeout,
    Policy onOverload,
    Policy onNoFilter,
    int maxSuspended,
    int maxPerClient,
    int maxQueued,
    @Nullable BreakerSettings breaker,
    @Nullable ConnectorSettings connector,
    @Nullable GroupSettings group) {

  public static final Duration DEFAULT_TIMEOUT = Duration.ofMillis(500);
  public static final int DEFAULT_MAX_SUSPENDED = 200_000;
  public static final int DEFAULT_MAX_PER_CLIENT = 1_000;
  public static final int DEFAULT_MAX_QUEUED = 10_000;

  /** A service that is no group. */
  public FilterSettings(
      String name,
      int asyncId,
      Duration timeout,
      Policy onTimeout,
      Policy onOverload,
      Policy onNoFilter,
      int maxSuspended,
      int maxPerClient,
      int maxQueued,
      @Nullable BreakerSettings breaker,
      @Nullable ConnectorSettings connector) {
    this(
        name,
        asyncId,
        timeout,
        onTimeout,
        onOverload,
        onNoFilter,
        maxSuspended,
        maxPerClient,
        maxQueued,
        breaker,
        connector,
        null);
  }

  /** A service with the default breaker, and without a connector. */
  public FilterSettings(
      String name,
      int asyncId,
      Duration timeout,
      Policy onTimeout,
      Policy onOverload,
      Policy onNoFilter,
      int maxSuspended,
      int maxPerClient,
      int maxQueued) {
    this(
        name,
        asyncId,
        timeout,
        onTimeout,
        onOverload,
        onNoFilter,
        maxSuspended,
        maxPerClient,
        maxQueued,
        BreakerSettings.DEFAULT,
        null);
  }

  /** A service that lets queries pass when it does not decide, with the default limits. */
  public static FilterSettings of(String name, int asyncId, Duration timeout) {
    return new FilterSettings(
        name,
        asyncId,
        timeout,
        Policy.CONTINUE,
        Policy.CONTINUE,
        Policy.CONTINUE,
        DEFAULT_MAX_SUSPENDED,
        DEFAULT_MAX_PER_CLIENT,
        DEFAULT_MAX_QUEUED);
  }
}
