// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Worker threads for the slow work of one policy, and the tasks that wait for them. Safe for any
 * thread; {@link #schedule} never blocks.
 *
 * <p><b>Bounds.</b> A task counts from {@link #schedule} until its result has been taken, so that
 * neither tasks nor results can pile up. A task over the limit of number or bytes is rejected at
 * once.
 *
 * <p><b>Time.</b> When a task has run for its time limit, it has the result {@code TimedOut}, its
 * {@link Worker} is told to stop, and its thread is interrupted. Neither ends a task that waits in
 * a C function. If the task still goes on after the grace time, another thread takes the place of
 * its thread, which ends with the task. {@link TaskStats#MAX_REPLACED} threads of a policy may be
 * held in this way; after that the pool has fewer threads. While tasks that do not end hold all its
 * threads, tasks are rejected, those that wait too, because nobody would ever run them.
 *
 * <p>Threads start when there is work for them, and end after a minute without.
 */
public final class WorkerTasks<W extends Worker> implements AutoCloseable {
  /** The maximum size in bytes of the data of a task, and of its response. */
  public static final int MAX_DATA = 1 << 20;

  private static final int JOIN_MILLIS = 2_000;
  private static final int IDLE_MILLIS = 60_000;
  private static final String HELD = "tasks that do not end hold all worker threads";
  private static final TaskResult TIMED_OUT = new TaskResult.TimedOut();

  private final TaskStats stats;
  private final WorkerSettings settings;
  private final Supplier<W> factory;
  private final ScheduledExecutorService timer;
  private final TaskResults results;

  /** Why a task is rejected, and whether room for it is all that it lacks. */
  private record Refusal(String why, boolean noRoom) {}

  /** Guarded by this, like all fields that follow. */
  private final Deque<Task<W>> queue = new ArrayDeque<>();

  /** Not those that have been replaced. */
  private final Set<WorkerThread<W>> threads = new HashSet<>();

  private int workers = 1;
  private int idle;
  private int unfinished;
  private long bytes;
  private boolean retired;

  /**
   * Creates a pool without threads.
   *
   * @param factory makes the worker of a thread, on that thread, before its first task
   * @param timer runs short tasks that never block
   */
  public WorkerTasks(
      TaskStats stats,
      WorkerSettings settings,
      Supplier<W> factory,
      ScheduledExecutorService timer) {
    this.stats = stats;
    this.results = new TaskResults(stats);
    this.settings = settings;
    this.factory = factory;
    this.timer = timer;
  }

  /** Sets the maximum number of threads, 1 to {@link WorkerSettings#MAX_WORKERS}. */
  public synchronized void setWorkers(int number) {
    workers = Math.max(1, Math.min(WorkerSettings.MAX_WORKERS, number));
  }

  /**
   * Schedules a task.
   *
   * @param size the size of its data in bytes
   * @param thread runs {@code done}, unless the task is rejected at once
   * @param done gets the result, exactly once unless {@code thread} rejects it; if the task is
   *     rejected here, on this thread before this method returns
   */
  public void schedule(Work<? super W> work, int size, Executor thread, Consumer<TaskResult> done) {
    schedule(new Task<>(work, size, thread, done, null));
  }

  /**
   * Schedules a task that times out when {@code timeLeft} has passed, the time before its run
   * included. {@code done} gets the result on any thread.
   *
   * @return ends the task as failed, if it has not ended; {@link OperationRunner#NO_ROOM} if too
   *     many tasks are unfinished, so that it may help to wait until one has ended
   */
  public OperationRunner.Running schedule(
      Work<? super W> work, int size, Duration timeLeft, Consumer<TaskResult> done) {
    Task<W> task = new Task<>(work, size, Runnable::run, done, timeLeft);
    return schedule(task)
        ? () -> end(task, new TaskResult.Failed("cancelled"))
        : OperationRunner.NO_ROOM;
  }

  /** False if too many tasks are unfinished. */
  private boolean schedule(Task<W> task) {
    stats.count(TaskCounter.SCHEDULED);
    Refusal refusal = admit(task);
    Duration timeLeft = task.timeLeft();
    if (refusal != null) {
      results.reject(task, new TaskResult.Rejected(refusal.why));
    } else if (timeLeft != null) {
      // If the task has ended meanwhile, the timer changes nothing.
      task.endAt(after(timeLeft, () -> end(task, TIMED_OUT)));
    }
    return refusal == null || !refusal.noRoom;
  }

  private synchronized @Nullable Refusal admit(Task<W> task) {
    if (retired) {
      return new Refusal("the policy ends", false);
    } else if (areAllHeld()) {
      return new Refusal(HELD, false);
    } else if (unfinished >= settings.maxTasks()) {
      return new Refusal("%d tasks are unfinished".formatted(unfinished), true);
    } else if (bytes + task.size() > settings.maxBytes()) {
      return new Refusal("unfinished tasks have %d bytes".formatted(bytes), false);
    }
    unfinished++;
    bytes += task.size();
    queue.add(task);
    stats.addPending(1);
    addThreads();
    notify();
    return null;
  }

  private boolean areAllHeld() {
    return threads.size() >= workers && threads.stream().allMatch(WorkerThread::isHeld);
  }

  /** Starts a thread if one more task waits than threads do. */
  private void addThreads() {
    if (queue.size() > idle && threads.size() < workers) {
      WorkerThread<W> thread = new WorkerThread<>(this, stats.policy(), factory);
      threads.add(thread);
      thread.start();
    }
  }

  /** The number of tasks that wait for a thread. */
  public synchronized int pendingItems() {
    return queue.size();
  }

  /** The next task of a thread; null if the thread must end. Waits for a task. */
  synchronized @Nullable Task<W> next(WorkerThread<W> thread) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS);
    long left = IDLE_MILLIS;
    while (!thread.isReplaced() && queue.isEmpty() && !retired && left > 0) {
      idle++;
      try {
        wait(left);
      } finally {
        idle--;
      }
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
    if (thread.isReplaced() || queue.isEmpty()) {
      return null;
    }
    stats.addPending(-1);
    Task<W> task = queue.remove();
    thread.take(task);
    return task;
  }

  /** A task runs now. */
  void began(Task<W> task) {
    stats.addRunning(1);
    task.watch(after(settings.limit(), () -> end(task, TIMED_OUT)));
  }

  private @Nullable Future<?> after(Duration time, Runnable run) {
    try {
      return timer.schedule(run, time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The node has stopped; nobody waits for the end of this task.
      return null;
    }
  }

  /** Ends a task before it has ended by itself, and stops it if it runs. */
  private void end(Task<W> task, TaskResult result) {
    boolean waited;
    synchronized (this) {
      waited = queue.remove(task);
    }
    if (waited) {
      stats.addPending(-1);
      endWaiting(task, result);
      return;
    }
    abandon(task, result);
    WorkerThread<W> thread = task.thread();
    if (thread != null && thread.stop(task)) {
      Future<?> unused = after(settings.grace(), () -> replace(thread, task));
    }
  }

  /** Ends a task that is no longer in the queue and never runs. */
  private void endWaiting(Task<W> task, TaskResult result) {
    task.unwatch();
    if (task.end()) {
      finish(task, result);
    }
  }

  /** Ends a task whose thread still runs it. */
  void abandon(Task<W> task, TaskResult result) {
    if (task.end()) {
      stats.addRunning(-1);
      stats.addOverrun(1);
      finish(task, result);
    }
  }

  /** Gives the place of a thread that a task still holds to another one, if that is allowed. */
  private void replace(WorkerThread<W> thread, Task<W> task) {
    List<Task<W>> hopeless = List.of();
    synchronized (this) {
      if (!thread.isHeldBy(task) || thread.isReplaced()) {
        return;
      } else if (stats.tryReplace()) {
        thread.replaced();
        threads.remove(thread);
        addThreads();
        return;
      }
      thread.hold(task);
      if (areAllHeld()) {
        hopeless = drain();
      }
    }
    TaskResult rejected = new TaskResult.Rejected(HELD);
    hopeless.forEach(waiting -> endWaiting(waiting, rejected));
    Future<?> unused = after(settings.grace(), () -> replaceLater(thread, task));
  }

  private void replaceLater(WorkerThread<W> thread, Task<W> task) {
    if (thread.stop(task)) {
      replace(thread, task);
    }
  }

  private List<Task<W>> drain() {
    List<Task<W>> all = new ArrayList<>(queue);
    queue.clear();
    stats.addPending(-all.size());
    return all;
  }

  /** A task has returned or thrown; its thread is free again. */
  void ended(Task<W> task, TaskResult result) {
    if (task.end()) {
      stats.addRunning(-1);
      finish(task, reserve(task, result));
    } else {
      stats.addOverrun(-1);
    }
  }

  /** Keeps room for a response until it has been taken. */
  private synchronized TaskResult reserve(Task<W> task, TaskResult result) {
    if (result instanceof TaskResult.Done done) {
      int size = done.response().length;
      if (bytes + size > settings.maxBytes()) {
        return new TaskResult.Failed("unfinished tasks have %d bytes".formatted(bytes));
      }
      bytes += size;
      task.grow(size);
    }
    return result;
  }

  /** A thread ends. */
  void ended(WorkerThread<W> thread) {
    if (thread.isReplaced()) {
      stats.replacedEnded();
    }
    synchronized (this) {
      threads.remove(thread);
      addThreads();
    }
  }

  /** Delivers the result of a task that had been accepted, and then gives its room back. */
  private void finish(Task<W> task, TaskResult result) {
    results.deliver(task, result, () -> release(task));
  }

  private synchronized void release(Task<W> task) {
    unfinished--;
    bytes -= task.size();
  }

  /** Whether it is retired and has neither tasks nor threads. */
  synchronized boolean isOver() {
    return retired && threads.isEmpty() && unfinished == 0;
  }

  /** Takes no more tasks. Those that it has are still carried out; then its threads end. */
  public synchronized void retire() {
    retired = true;
    notifyAll();
  }

  /**
   * Ends all tasks as failed, and the threads that can be stopped. Blocks for at most 2 s; a thread
   * that a task still holds then does not keep the process alive.
   */
  @Override
  public void close() {
    List<Task<W>> waiting;
    List<WorkerThread<W>> running;
    synchronized (this) {
      retired = true;
      waiting = drain();
      running = new ArrayList<>(threads);
      notifyAll();
    }
    TaskResult stopped = new TaskResult.Failed("the node stops");
    waiting.forEach(task -> endWaiting(task, stopped));
    running.forEach(thread -> thread.stopAny(stopped));
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(JOIN_MILLIS);
    running.forEach(thread -> thread.join(deadline));
  }
}
