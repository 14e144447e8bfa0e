// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.config.Policy;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A policy: an operator's own code, in Lua or Java, that a rule runs for a query. Loaded once, and
 * the same until a reload replaces it; a query that waits for an operation goes on under the policy
 * that it began with.
 */
public interface PolicyProgram {
  /** The name in the configuration. */
  String name();

  /** What happens to a query whose policy has failed. */
  Policy onError();

  /**
   * The only thread that may call {@link #run}; null if every event loop may, each with a state of
   * its own.
   */
  @Nullable Executor thread();

  /** The asyncIDs of services that should have an instance before the first query is processed. */
  default Set<Integer> services() {
    return Set.of();
  }

  /**
   * Runs the policy for a query: from its beginning, or after an operation.
   *
   * @return any outcome but {@link RuleOutcome.CallPolicy}; {@code Next} continues at the next rule
   * @throws PolicyFailure if the code failed or exceeded a limit
   */
  RuleOutcome run(PolicyCall call) throws PolicyFailure;
}
