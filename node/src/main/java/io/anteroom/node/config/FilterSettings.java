// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of one filter service, or of an operation service, which is one whose connector carries
 * out operations.
 *
 * @param timeout how long a query waits for its verdict, 1 ms to 1 h
 * @param onTimeout policy when the verdict did not come in time
 * @param onOverload policy when a limit is reached
 * @param onNoFilter policy when no instance is registered, or the node has no local shard
 * @param maxSuspended most queries suspended for this service at once on this node
 * @param maxPerClient most of them from one client: an IPv4 address or an IPv6 /64
 * @param maxQueued most requests on this node that wait for credit
 * @param breaker settings of the circuit breaker; null for none
 * @param connector the filter that is not a cluster member; null if the service has none
 * @param group the services that vote as this one; null for a service that has instances
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

  /** The default timeout of an operation service. */
  public static final Duration DEFAULT_OPERATION_TIMEOUT = Duration.ofSeconds(2);

  public static final int DEFAULT_MAX_SUSPENDED = 200_000;
  public static final int DEFAULT_MAX_PER_CLIENT = 1_000;
  public static final int DEFAULT_MAX_QUEUED = 10_000;

  /** A service that is not a group. */
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

  /** A service with the default limits and the policy {@code continue} in all cases. */
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

  /** Whether filters can register as its instances. */
  public boolean hasInstances() {
    return group == null && operation() == null;
  }

  /** The operations that it carries out; null for a filter service. */
  public ConnectorSettings.@Nullable Operation operation() {
    return connector instanceof ConnectorSettings.Operation operation ? operation : null;
  }
}
