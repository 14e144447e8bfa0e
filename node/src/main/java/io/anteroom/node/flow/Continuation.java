// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.Values;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the policy of a suspended query goes on, and what it started. Immutable. Only the operation
 * and, for operators, the name of the route are sent to other nodes, because the origin goes on
 * with the query, and no other node.
 *
 * @param program the policy; null on other nodes than the origin's
 * @param route the name of the route that gets the result
 * @param variables the variables that the policy declared, within the bounds of {@link Values}
 * @param operation what the service is asked for; null if a filter is asked for its verdict
 * @param timeout how long the operation may take at most; null for the timeout of its service,
 *     which is also the limit of a longer one
 * @param refused how many operations in a row have ended at once before this one; see {@link
 *     PolicyCall#endedAtOnce}
 */
public record Continuation(
    @Nullable PolicyProgram program,
    String route,
    Map<String, @Nullable Object> variables,
    @Nullable Operation operation,
    @Nullable Duration timeout,
    int refused) {
  /** An operation of which no more is known. */
  public static Continuation of(Operation operation) {
    return of(operation, "");
  }

  /** An operation as another node than the origin's knows it. */
  public static Continuation of(Operation operation, String route) {
    return new Continuation(null, route, Map.of(), operation, null, 0);
  }

  /** The size of the variables and of the operation in bytes, by estimate. */
  public int bytes() {
    return Values.maxBytes(variables)
        + (operation == null ? 0 : Values.maxBytes(operation.arguments()));
  }
}
