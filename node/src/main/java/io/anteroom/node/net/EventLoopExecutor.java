// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import com.typesafe.config.Config;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;

/**
 * Makes a Pekko dispatcher from an event loop. Pekko creates it by its class name in the
 * configuration.
 */
public final class EventLoopExecutor extends ExecutorServiceConfigurator {
  private final EventLoop loop;

  public EventLoopExecutor(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
    EventLoops loops =
        prerequisites.settings().setup().get(EventLoopsSetup.class).orElseThrow().loops();
    loop = loops.get(config.getInt("loop"));
  }

  @Override
  public ExecutorServiceFactory createExecutorServiceFactory(
      String id, ThreadFactory threadFactory) {
    return () -> new Borrowed(loop);
  }

  /** The loop belongs to the node, so the dispatcher must not shut it down. */
  private static final class Borrowed extends AbstractExecutorService {
    private final EventLoop loop;
    private volatile boolean released;

    Borrowed(EventLoop loop) {
      this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
      // Netty would log any failure and continue, even after running out of memory.
      loop.execute(() -> Survival.run(task));
    }

    @Override
    public void shutdown() {
      released = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      released = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return released || loop.isShutdown();
    }

    @Override
    public boolean isTerminated() {
      return isShutdown();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
