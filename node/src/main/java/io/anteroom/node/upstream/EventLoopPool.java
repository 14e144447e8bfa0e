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
 * from any thread and do not block; the callbacks of a {@link PendingRequest} run on the event
 * loop.
 */
public final class EventLoopPool {
  private static final Logger LOG = LoggerFactory.getLogger(EventLoopPool.class);

  private final EventLoop loop;
  private final SharedPool common;
  private final ServerPool pool;

  /** Confined to the event loop. */
  private boolean failed;

  /**
   * A pool that opens its sockets when they are first needed.
   *
   * @param random must be unpredictable, like a {@code SecureRandom}
   */
  public EventLoopPool(
      PoolSettings settings, EventLoop loop, Counters<Counter> counters, RandomGenerator random) {
    this(settings, loop, counters, random, SocketListener.NONE);
  }

  /** A pool whose sockets are reported to a listener. */
  public EventLoopPool(
      PoolSettings settings,
      EventLoop loop,
      Counters<Counter> counters,
      RandomGenerator random,
      SocketListener listener) {
    this.loop = loop;
    this.common = new SharedPool(settings, counters, WaitingBytes.ofHeap());
    Channels channels = new Channels(loop, this::tell, counters, common, listener);
    this.pool =
        new ServerPool(common, loop, this::tell, channels, counters, System::nanoTime, random);
  }

  /**
   * Sends a query and calls the pending request when there is an answer or none can come. If the
   * pool fails with an exception, the request ends as unanswered.
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

  /** Logs only the first failure: it is a bug, and every query may run into it. */
  private void logOnce(RuntimeException failure) {
    if (!failed) {
      failed = true;
      LOG.error("questions can't be asked, which is a bug; told once", failure);
    }
  }

  /**
   * Cancels a pending request. It gets no callback any more, unless one is running at this moment.
   */
  public void cancel(PendingRequest pending) {
    loop.execute(() -> pool.cancel(pending));
  }

  /** Sets the servers for new lookups. Lookups in flight keep the servers that they began with. */
  public void setServers(List<ServerSettings> servers) {
    common.setServers(servers);
  }

  /**
   * Closes all sockets. All pending requests end as unanswered before the returned stage completes.
   */
  public CompletionStage<Void> close() {
    return CompletableFuture.runAsync(pool::close, loop);
  }

  private void tell(PoolEvent event) {
    loop.execute(() -> pool.receive(event));
  }
}
