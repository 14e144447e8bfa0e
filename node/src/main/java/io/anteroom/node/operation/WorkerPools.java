// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Supplier;

/**
 * The worker tasks of all policies of a node. After a reload, a policy may have two pools for a
 * while: the old one carries out the tasks that it has. Safe for any thread.
 */
public final class WorkerPools implements AutoCloseable {
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, WorkerPools::thread);

  private final Map<String, TaskStats> stats = new ConcurrentSkipListMap<>();

  /** A pool that nobody uses has no threads after a while, and is then forgotten. */
  private final Set<WorkerTasks<?>> pools =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  public WorkerPools() {
    timer.setRemoveOnCancelPolicy(true);
  }

  private static Thread thread(Runnable run) {
    Thread thread = new Thread(run, "anteroom-worker-timer");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Creates a pool, without threads as long as it has no tasks.
   *
   * @param factory makes the worker of a thread, on that thread, before its first task
   */
  public <W extends Worker> WorkerTasks<W> open(
      String policy, WorkerSettings settings, Supplier<W> factory) {
    TaskStats numbers = stats.computeIfAbsent(policy, TaskStats::new);
    WorkerTasks<W> pool = new WorkerTasks<>(numbers, settings, factory, timer);
    pools.add(pool);
    return pool;
  }

  /** The numbers of each policy that has or had a pool. */
  public Collection<TaskStats> stats() {
    return stats.values();
  }

  /** Ends all tasks as failed. Blocks for at most 2 s per pool that has a task which goes on. */
  @Override
  public void close() {
    synchronized (pools) {
      pools.forEach(WorkerTasks::close);
    }
    timer.shutdownNow();
  }
}
