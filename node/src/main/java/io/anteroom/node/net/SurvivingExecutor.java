// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import com.typesafe.config.Config;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fixed number of threads for a Pekko dispatcher, on which an error that is none of memory ends
 * one message and nothing else. Pekko takes a full stack, or a class that can't be loaded, for the
 * end of the process. An OutOfMemoryError still is.
 *
 * <p>Pekko creates it by name; {@code threads} in the dispatcher's configuration says how many.
 */
public final class SurvivingExecutor extends ExecutorServiceConfigurator {
  private static final Logger LOG = LoggerFactory.getLogger(SurvivingExecutor.class);
  private static final int IDLE_SECONDS = 60;

  private final int threads;

  public SurvivingExecutor(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
    threads = config.getInt("threads");
  }

  @Override
  public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory factory) {
    return () -> create(factory);
  }

  private ExecutorService create(ThreadFactory factory) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            // Holds a mailbox at most once, so it is no longer than there are actors.
            new LinkedBlockingQueue<>(),
            factory) {
          @Override
          public void execute(Runnable task) {
            super.execute(() -> run(task));
          }
        };
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  static void run(Runnable task) {
    try {
      task.run();
    } catch (StackOverflowError | LinkageError e) {
      LOG.error("a bug; the message that brought it about is lost", e);
    }
  }
}
