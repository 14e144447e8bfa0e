// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import java.util.function.Consumer;

/** Starts operations for which no query waits. Safe for any thread. */
@FunctionalInterface
public interface Launches {
  /**
   * Starts an operation with the timeout of its service. Never blocks and never throws.
   *
   * @param asyncId the operation service
   * @param done called exactly once, on any thread, possibly before this method returns; never
   *     throws
   */
  void launch(int asyncId, Operation operation, Consumer<OperationResult> done);
}
