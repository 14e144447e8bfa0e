// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

/** What the tasks of one worker thread share, such as a Lua state. */
public interface Worker extends AutoCloseable {
  /**
   * Asks the task that runs now to end soon. For any thread. The thread of the worker is
   * interrupted too. It is called again while the task goes on.
   */
  void stop();

  /** Releases the state; called by the thread of the worker when it ends. */
  @Override
  void close();
}
