// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.flow.Counters;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Numbers about the worker tasks of one policy. They outlive a reload of the policy, so that its
 * counters never go back. Safe for any thread.
 */
public final class TaskStats {
  /**
   * The maximum number of worker threads of one policy that are replaced while a task holds them
   * past its time limit. Further ones are not replaced until one of these tasks ends.
   */
  static final int MAX_REPLACED = 8;

  private final String policy;
  private final Counters<TaskCounter> counters = new Counters<>(TaskCounter.class);
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger overrun = new AtomicInteger();
  private final AtomicInteger replaced = new AtomicInteger();

  public TaskStats(String policy) {
    this.policy = policy;
  }

  /** The name of the policy. */
  public String policy() {
    return policy;
  }

  public long get(TaskCounter counter) {
    return counters.get(counter);
  }

  void count(TaskCounter counter) {
    counters.increment(counter);
  }

  /** The number of tasks that wait for a worker thread. */
  public int pending() {
    return pending.get();
  }

  /** The number of tasks that run now and are within their time limit. */
  public int running() {
    return running.get();
  }

  /** The number of threads that run a task whose time limit has passed. */
  public int overrun() {
    return overrun.get();
  }

  void addPending(int n) {
    pending.addAndGet(n);
  }

  void addRunning(int n) {
    running.addAndGet(n);
  }

  void addOverrun(int n) {
    overrun.addAndGet(n);
  }

  /** Takes one of the replacements of the policy, if there is one. */
  boolean tryReplace() {
    boolean taken = replaced.getAndUpdate(n -> n < MAX_REPLACED ? n + 1 : n) < MAX_REPLACED;
    if (taken) {
      count(TaskCounter.OVERRUNS);
    }
    return taken;
  }

  /** A thread that had been replaced has ended. */
  void replacedEnded() {
    replaced.decrementAndGet();
  }
}
