// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.time.Duration;

/**
 * Bounds of the worker tasks of one policy.
 *
 * @param maxTasks the maximum number of tasks that have not ended, results that the policy's thread
 *     has not taken included
 * @param maxBytes the maximum size of their data and results in bytes
 * @param limit the time that a task may run
 * @param grace the time after which the thread of a task that does not stop is replaced
 */
public record WorkerSettings(int maxTasks, long maxBytes, Duration limit, Duration grace) {
  /** The maximum number of worker threads of one policy. */
  public static final int MAX_WORKERS = 16;

  private static final int DEFAULT_TASKS = 1_000;
  private static final long DEFAULT_BYTES = 64L << 20;
  private static final Duration DEFAULT_LIMIT = Duration.ofSeconds(60);
  private static final Duration DEFAULT_GRACE = Duration.ofSeconds(1);

  /** 1,000 tasks, 64 MiB, 60 s, 1 s. */
  public static WorkerSettings defaults() {
    return new WorkerSettings(DEFAULT_TASKS, DEFAULT_BYTES, DEFAULT_LIMIT, DEFAULT_GRACE);
  }
}
