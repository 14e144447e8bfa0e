// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.net.Survival;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A thread of {@link WorkerTasks}, which runs one task after another. */
final class WorkerThread<W extends Worker> {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final WorkerTasks<W> tasks;
  private final Supplier<W> factory;
  private final Thread thread;

  /** Guarded by this. The task that this thread has; no other may be stopped. */
  private @Nullable Task<W> current;

  private volatile @Nullable W worker;
  private volatile boolean held;
  private volatile boolean replaced;

  WorkerThread(WorkerTasks<W> tasks, String policy, Supplier<W> factory) {
    this.tasks = tasks;
    this.factory = factory;
    this.thread =
        new Thread(this::run, "anteroom-worker-" + policy + "-" + NUMBERS.incrementAndGet());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      for (Task<W> task = tasks.next(this); task != null; task = tasks.next(this)) {
        carryOut(task);
      }
    } catch (InterruptedException e) {
      // Only a task is interrupted, so that there is nothing to do but end.
    } finally {
      W last = worker;
      if (last != null) {
        last.close();
      }
      tasks.ended(this);
    }
  }

  synchronized void take(Task<W> task) {
    current = task;
    task.isRunBy(this);
  }

  private void carryOut(Task<W> task) {
    tasks.began(task);
    TaskResult result = result(task);
    task.unwatch();
    synchronized (this) {
      current = null;
      held = false;
      // What stopped this task must not stop the next one.
      Thread.interrupted();
    }
    tasks.ended(task, result);
  }

  private TaskResult result(Task<W> task) {
    try {
      byte[] response = task.work().run(worker());
      if (response == null) {
        return new TaskResult.Nothing();
      } else if (response.length > WorkerTasks.MAX_DATA) {
        return new TaskResult.Failed(
            "the response has %d bytes, more than %d"
                .formatted(response.length, WorkerTasks.MAX_DATA));
      }
      return new TaskResult.Done(response);
    } catch (Throwable e) {
      Survival.endIfOutOfMemory(e);
      String message = e.getMessage();
      return new TaskResult.Failed(message == null ? e.getClass().getName() : message);
    }
  }

  private W worker() {
    W known = worker;
    if (known == null) {
      known = factory.get();
      worker = known;
    }
    return known;
  }

  /** Stops a task if this thread still runs it; false if it does not. */
  boolean stop(Task<W> task) {
    synchronized (this) {
      if (current != task) {
        return false;
      }
      W running = worker;
      if (running != null) {
        running.stop();
      }
      thread.interrupt();
      return true;
    }
  }

  /** Stops the task that runs now, with this result. */
  void stopAny(TaskResult result) {
    Task<W> task;
    synchronized (this) {
      task = current;
    }
    if (task != null) {
      tasks.abandon(task, result);
      stop(task);
    }
  }

  synchronized boolean isHeldBy(Task<W> task) {
    return current == task;
  }

  /** Marks the thread as held by a task that does not end, and not replaced. */
  synchronized void hold(Task<W> task) {
    held = current == task;
  }

  boolean isHeld() {
    return held;
  }

  /** Another thread has taken its place, so that it ends when its task does. */
  void replaced() {
    replaced = true;
  }

  boolean isReplaced() {
    return replaced;
  }

  void join(long deadlineNanos) {
    try {
      long left = deadlineNanos - System.nanoTime();
      thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
