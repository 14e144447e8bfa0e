// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What a Java policy needs of the node that runs it.
 *
 * @param operations the asyncIDs of the operation services by name
 * @param filters the asyncIDs of the filter services by name
 * @param pools the names of the upstream pools
 * @param launches starts operations for which no query waits
 * @param started gets the policy when it is started
 * @param nanoTime the clock that calls are timed with
 */
public record PolicyEnvironment(
    Map<String, Integer> operations,
    Map<String, Integer> filters,
    Set<String> pools,
    Launches launches,
    StartedPolicies started,
    Counters<Counter> counters,
    LongSupplier nanoTime) {
  public PolicyEnvironment {
    operations = Map.copyOf(operations);
    filters = Map.copyOf(filters);
    pools = Set.copyOf(pools);
  }
}
