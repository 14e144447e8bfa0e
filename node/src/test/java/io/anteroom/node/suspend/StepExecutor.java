// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;

/**
 * A dispatcher without a thread: its actors run when a test says so, on the thread of the test, one
 * message each in turn. So what happens follows from what the test does. There is one in a JVM.
 */
public final class StepExecutor extends ExecutorServiceConfigurator {
  static final DispatcherSelector SELECTOR = DispatcherSelector.fromConfig("step-dispatcher");

  private static final Queue<Runnable> TASKS = new ConcurrentLinkedQueue<>();

  /** For Pekko, which makes it from its configuration. */
  public StepExecutor(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
  }

  /** Gives an ActorSystem the dispatcher. */
  static Config config() {
    return ConfigFactory.parseString(
        "step-dispatcher { type = Dispatcher, throughput = 1, executor = \"%s\" }"
            .formatted(StepExecutor.class.getName()));
  }

  /** Has the actors handle all messages that they have, and get from each other. */
  static void runAll() {
    for (Runnable task = TASKS.poll(); task != null; task = TASKS.poll()) {
      task.run();
    }
  }

  @Override
  public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
    return Tasks::new;
  }

  private static final class Tasks extends AbstractExecutorService {
    private volatile boolean shutdown;

    @Override
    public void execute(Runnable task) {
      TASKS.add(task);
    }

    @Override
    public void shutdown() {
      shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      shutdown = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return shutdown;
    }

    @Override
    public boolean isTerminated() {
      return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
