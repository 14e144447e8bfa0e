// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.net.Survival;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Looks at files periodically, on a thread of its own that may block, until it is closed. A look
 * that throws, even an {@link Error}, does not end the series: the next change of the files may be
 * read without a failure. Only when memory has run out does the process end.
 */
public final class FileWatch implements AutoCloseable {
  private final ScheduledExecutorService thread;

  private FileWatch(ScheduledExecutorService thread) {
    this.thread = thread;
  }

  /**
   * Begins to look.
   *
   * @param name of the thread
   * @param interval between the end of a look and the next one
   * @param failed is told what a look has thrown, which is a bug
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

  /** Ends the looking; a look that has begun may go on. */
  @Override
  public void close() {
    thread.shutdown();
  }
}
