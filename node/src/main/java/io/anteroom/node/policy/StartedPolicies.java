// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policies of a node that have been started and are not closed: those of the current
 * configuration, and those of earlier ones that queries may still need. Safe for any thread.
 */
public final class StartedPolicies implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StartedPolicies.class);
  private static final long CLOSE_SECONDS = 3;

  private final Set<Closing> all = ConcurrentHashMap.newKeySet();

  /**
   * Closes one policy. It must not refer to the policy's program, which is closed when nothing
   * refers to it any more. Compared by identity.
   */
  interface Closing {
    /** The policy, for the log. */
    String policy();

    /** Closes the policy and removes it here. Has no effect the second time. May block. */
    void close();
  }

  void add(Closing closing) {
    all.add(closing);
  }

  void remove(Closing closing) {
    all.remove(closing);
  }

  /** How many have been started and are not closed. */
  public int count() {
    return all.size();
  }

  /**
   * Closes all policies, each on a thread of its own, because their authors' code may block. To be
   * called when no query comes any more. Waits for at most three seconds; a policy that has not
   * ended by then is named in the log, interrupted, and left behind.
   */
  @Override
  public void close() {
    List<Closing> open = List.copyOf(all);
    if (open.isEmpty()) {
      return;
    }
    ExecutorService threads = Executors.newCachedThreadPool(StartedPolicies::thread);
    try {
      List<Callable<Object>> tasks = new ArrayList<>();
      open.forEach(closing -> tasks.add(Executors.callable(closing::close)));
      List<Future<Object>> ends = threads.invokeAll(tasks, CLOSE_SECONDS, TimeUnit.SECONDS);
      for (int i = 0; i < ends.size(); i++) {
        if (ends.get(i).isCancelled()) {
          LOG.warn(
              "policy {} did not end its close within {} s; the node goes on without it",
              open.get(i).policy(),
              CLOSE_SECONDS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      threads.shutdownNow();
    }
  }

  private static Thread thread(Runnable run) {
    Thread thread = new Thread(run, "anteroom-policy-end");
    thread.setDaemon(true);
    return thread;
  }
}
