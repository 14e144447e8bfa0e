// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link ServerPool} without an actor, for programs that only resolve. Its methods may be called
 * from any thread and return at once; whoever waits is told on the event loop.
 */
public final class EventLoopPool {
  private static final Logger LOG = LoggerFactory.getLogger(EventLoopPool.class);

  private final EventLoop loop;
  private final SharedPool common;
  private final ServerPool pool;

  /** Confined to the event loop. */
  private boolean failed;

  /**
   * A pool whose sockets are opened when first needed.
   *
   * @param random unpredictable, as a {@code SecureRandom} is
   */
  public EventLoopPool(
      PoolSettings settings, EventLoop loop, Counters<Counter> counters, RandomGenerator random) {
    this(settings, loop, counters, random, SocketListener.NONE);
  }

  /** The same, for somebody who hears of its sockets. */
  public EventLoopPool(
      PoolSettings settings,
      EventLoop loop,
      Counters<Counter> counters,
      RandomGenerator random,
      SocketListener listener) {
    this.loop = loop;
    this.common = new SharedPool(settings, counters, WaitingBytes.ofHeap());
    Channels channels = new Channels(loop, this::tell, counters, settings, listener);
    this.pool =
        new ServerPool(common, loop, this::tell, channels, counters, System::nanoTime, random);
  }

  /**
   * Has somebody wait for an answer. Should the pool fail to ask, he is told that there is none.
   *
   * @param deadlineNanos on the clock of {@code System.nanoTime()}; the pool's own may come first
   * @throws RejectedExecutionException if the event loop has ended
   */
  public void ask(PendingRequest pending, long deadlineNanos) {
    loop.execute(
        () -> {
          try {
            pool.ask(pending, deadlineNanos);
          } catch (RuntimeException e) {
            logOnce(e);
            pool.cancel(pending);
            pending.unanswered(Unanswered.Reason.NETWORK);
          }
        });
  }

  /** It is a bug, which each question may meet. */
  private void logOnce(RuntimeException failure) {
    if (!failed) {
      failed = true;
      LOG.error("questions can't be asked, which is a bug; told once", failure);
    }
  }

  /** Lets him go, who hears nothing more unless he is being told just now. */
  public void cancel(PendingRequest pending) {
    loop.execute(() -> pool.cancel(pending));
  }

  /** Has lookups from now on ask these servers; those under way end where they are. */
  public void setServers(List<ServerSettings> servers) {
    common.setServers(servers);
  }

  /** Closes all sockets; whoever waits is told so before it is complete. */
  public CompletionStage<Void> close() {
    return CompletableFuture.runAsync(pool::close, loop);
  }

  private void tell(PoolEvent event) {
    loop.execute(() -> pool.receive(event));
  }
}
