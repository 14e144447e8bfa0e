// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.net.Survival;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Checks files periodically on a thread of its own, which may block, until it is closed. Checks
 * continue after one throws, even an {@link Error}, because the next version of the files may be
 * readable. Only running out of memory stops the process.
 */
public final class FileWatch implements AutoCloseable {
  private final ScheduledExecutorService thread;

  private FileWatch(ScheduledExecutorService thread) {
    this.thread = thread;
  }

  /**
   * Starts the checks.
   *
   * @param name the name of the thread
   * @param interval the time between the end of a check and the next one
   * @param failed receives an exception of a check, which is a bug
   */
  public static FileWatch start(
      String name, Duration interval, Runnable look, Consumer<Throwable> failed) {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread created = new Thread(task, name);
              created.setDaemon(true);
              return created;
            });
    long nanos = interval.toNanos();
    var unused =
        thread.scheduleWithFixedDelay(() -> run(look, failed), nanos, nanos, TimeUnit.NANOSECONDS);
    return new FileWatch(thread);
  }

  private static void run(Runnable look, Consumer<Throwable> failed) {
    try {
      look.run();
    } catch (Throwable e) {
      Survival.endIfOutOfMemory(e);
      failed.accept(e);
    }
  }

  /** Stops the checks; a check in progress may continue. */
  @Override
  public void close() {
    thread.shutdown();
  }
}
