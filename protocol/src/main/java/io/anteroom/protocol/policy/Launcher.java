// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.policy;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import java.util.function.Consumer;

/**
 * Starts operations for which no query waits, such as a line for the log of another system. Safe
 * for any thread; never blocks.
 *
 * <p>The operation service has a limit of operations in progress. Above it, or if the service is
 * not there any more, the operation is not started, and its result is a failure.
 */
public interface Launcher {
  /**
   * Starts an operation and ignores its result.
   *
   * @param operation the name of a service that {@link PolicySetup#operation} was called for
   * @throws IllegalArgumentException if it was called for no such service
   */
  void launch(String operation, Operation arguments);

  /**
   * Starts an operation and passes on its result.
   *
   * @param operation the name of a service that {@link PolicySetup#operation} was called for
   * @param report called once, on any thread, possibly before this method returns; must not block.
   *     What it throws is counted and logged. Not called after the policy was closed.
   * @throws IllegalArgumentException if it was called for no such service
   */
  void launch(String operation, Operation arguments, Consumer<OperationResult> report);
}
