// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

import io.anteroom.protocol.OperationResult;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The method of a policy that goes on with a query after an operation. What {@link Policy} says
 * about threads and errors applies to it.
 */
@FunctionalInterface
public interface Route {
  /**
   * Decides about a query whose operation has ended. It is called exactly once for each {@link
   * Outcome#async} and {@link Outcome#ask}, also if the operation could not be started, but not if
   * the client is gone or the node stops. An operation that is started after eight refused ones in
   * a row is an error of the policy.
   *
   * @param query the query as it was when the operation began, with its tags
   * @param result how the operation ended; its code is to be checked first
   * @param variables those that the policy passed on, immutable
   */
  Outcome resume(
      PolicyQuery query, OperationResult result, Map<String, @Nullable Object> variables);
}
