// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import org.jspecify.annotations.Nullable;

/** What a task does on a worker thread, with what the tasks of this thread share. */
@FunctionalInterface
public interface Work<W extends Worker> {
  /**
   * Does the work; may block.
   *
   * @return the response, or null for none
   * @throws Exception if it failed; the message is for the author of the policy
   */
  byte @Nullable [] run(W worker) throws Exception;
}
