// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

/** How a task of {@link WorkerTasks} ended. Each task ends with exactly one result. */
public sealed interface TaskResult {
  /**
   * The task returned a response.
   *
   * @param response at most {@link WorkerTasks#MAX_DATA} bytes; not changed afterwards
   */
  record Done(byte[] response) implements TaskResult {}

  /** The task ended and returned nothing. */
  record Nothing() implements TaskResult {}

  /** The task failed; the reason is for a log. */
  record Failed(String why) implements TaskResult {}

  /** The time limit of the task passed. It may still be running. */
  record TimedOut() implements TaskResult {}

  /** The task never ran; the reason is for a log. */
  record Rejected(String why) implements TaskResult {}
}
