// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One task of {@link WorkerTasks}. Safe for any thread. */
final class Task<W extends Worker> {
  private final Work<? super W> work;
  private int size;
  private final Executor results;
  private final Consumer<TaskResult> done;

  /** Null if only the time of its run is limited. */
  private final @Nullable Duration timeLeft;

  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile @Nullable Future<?> watch;
  private volatile @Nullable Future<?> deadline;
  private volatile @Nullable WorkerThread<W> thread;

  Task(
      Work<? super W> work,
      int size,
      Executor results,
      Consumer<TaskResult> done,
      @Nullable Duration timeLeft) {
    this.work = work;
    this.size = size;
    this.results = results;
    this.done = done;
    this.timeLeft = timeLeft;
  }

  Work<? super W> work() {
    return work;
  }

  /** The size of its data and response in bytes. Guarded by its pool. */
  int size() {
    return size;
  }

  void grow(int by) {
    size += by;
  }

  Executor results() {
    return results;
  }

  Consumer<TaskResult> done() {
    return done;
  }

  @Nullable Duration timeLeft() {
    return timeLeft;
  }

  /** The thread that has run it; null if it has not begun. */
  @Nullable WorkerThread<W> thread() {
    return thread;
  }

  void isRunBy(WorkerThread<W> runner) {
    thread = runner;
  }

  void endAt(@Nullable Future<?> timeout) {
    deadline = timeout;
  }

  /** Cancels this when the task ends before its time is up. */
  void watch(@Nullable Future<?> timeout) {
    watch = timeout;
  }

  void unwatch() {
    cancel(watch);
    cancel(deadline);
  }

  private static void cancel(@Nullable Future<?> timeout) {
    if (timeout != null) {
      timeout.cancel(false);
    }
  }

  /** True for the first caller, who decides the result. */
  boolean end() {
    return ended.compareAndSet(false, true);
  }
}
