// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.net.Survival;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the results of tasks, and passes them to those who scheduled the tasks. Thread-safe. */
final class TaskResults {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerTasks.class);
  private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

  private final TaskStats stats;
  private final LogLimit rejections = new LogLimit(LOG_INTERVAL, System::nanoTime);
  private final LogLimit unreported = new LogLimit(LOG_INTERVAL, System::nanoTime);

  TaskResults(TaskStats stats) {
    this.stats = stats;
  }

  /** Passes a rejection on at once, on this thread. */
  void reject(Task<?> task, TaskResult.Rejected rejected) {
    count(rejected);
    take(task, rejected);
  }

  /**
   * Passes the result of a task on, on the thread that the task named.
   *
   * @param taken is run after that, also if that thread rejects it
   */
  void deliver(Task<?> task, TaskResult result, Runnable taken) {
    count(result);
    try {
      task.results()
          .execute(
              () -> {
                take(task, result);
                taken.run();
              });
    } catch (RejectedExecutionException e) {
      stats.count(TaskCounter.UNREPORTED);
      unreported.log(
          more ->
              LOG.warn(
                  "policy {}: the result of a worker task was dropped, because the thread of the"
                      + " policy took no more{}",
                  stats.policy(),
                  more));
      taken.run();
    }
  }

  private void count(TaskResult result) {
    if (result instanceof TaskResult.Done) {
      stats.count(TaskCounter.DONE);
    } else if (result instanceof TaskResult.Nothing) {
      stats.count(TaskCounter.NOTHING);
    } else if (result instanceof TaskResult.Failed) {
      stats.count(TaskCounter.FAILED);
    } else if (result instanceof TaskResult.TimedOut) {
      stats.count(TaskCounter.TIMED_OUT);
    } else if (result instanceof TaskResult.Rejected rejected) {
      stats.count(TaskCounter.REJECTED);
      rejections.log(
          more ->
              LOG.warn(
                  "policy {}: a worker task was rejected: {}{}",
                  stats.policy(),
                  rejected.why(),
                  more));
    }
  }

  private static void take(Task<?> task, TaskResult result) {
    try {
      task.done().accept(result);
    } catch (RuntimeException e) {
      Survival.survive(e);
    }
  }
}
