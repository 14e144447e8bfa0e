// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import com.typesafe.config.Config;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.apache.pekko.dispatch.ForkJoinExecutorConfigurator;
import org.apache.pekko.dispatch.ThreadPoolExecutorConfigurator;

/**
 * A Pekko executor on which an {@link Error} affects only one message, unless memory has run out
 * (see {@link Survival}). Pekko's own executors stop the process after a StackOverflowError or when
 * a class can't be loaded. The actor that threw keeps its state.
 *
 * <p>All dispatchers of a node use it, in reference.conf and in {@link EventLoops}; those of the
 * event loops do the same through {@link EventLoopExecutor}.
 */
public final class SurvivingExecutor extends AbstractExecutorService {
  private final ExecutorService pekkos;

  private SurvivingExecutor(ExecutorService pekkos) {
    this.pekkos = pekkos;
  }

  /** Uses the dispatcher's {@code fork-join-executor}; Pekko creates it by its class name. */
  public static final class ForkJoin extends Configurator {
    public ForkJoin(Config config, DispatcherPrerequisites prerequisites) {
      super(
          config,
          prerequisites,
          new ForkJoinExecutorConfigurator(config.getConfig("fork-join-executor"), prerequisites));
    }
  }

  /** Uses the dispatcher's {@code thread-pool-executor}; Pekko creates it by its class name. */
  public static final class ThreadPool extends Configurator {
    public ThreadPool(Config config, DispatcherPrerequisites prerequisites) {
      super(
          config,
          prerequisites,
          new ThreadPoolExecutorConfigurator(
              config.getConfig("thread-pool-executor"), prerequisites));
    }
  }

  private abstract static class Configurator extends ExecutorServiceConfigurator {
    private final ExecutorServiceConfigurator pekkos;

    Configurator(
        Config config, DispatcherPrerequisites prerequisites, ExecutorServiceConfigurator pekkos) {
      super(config, prerequisites);
      this.pekkos = pekkos;
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
      ExecutorServiceFactory factory = pekkos.createExecutorServiceFactory(id, threads);
      return () -> new SurvivingExecutor(factory.createExecutorService());
    }
  }

  @Override
  public void execute(Runnable task) {
    pekkos.execute(() -> Survival.run(task));
  }

  @Override
  public void shutdown() {
    pekkos.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return pekkos.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return pekkos.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return pekkos.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return pekkos.awaitTermination(timeout, unit);
  }
}
