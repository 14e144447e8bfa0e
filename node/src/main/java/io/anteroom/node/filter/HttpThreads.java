// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads of all HTTP connectors: event loops that serve no DNS clients, because TLS and JSON
 * take CPU time, and, as an {@link Executor}, one thread that may block. They start on demand.
 */
final class HttpThreads implements Executor {
  private static final int LOOPS = 2;
  private static final int IDLE_SECONDS = 10;

  private @Nullable MultiThreadIoEventLoopGroup loops;
  private final ThreadPoolExecutor blocking =
      new ThreadPoolExecutor(
          1,
          1,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          // Not longer than the number of requests that wait for a connection, which credits bound.
          new LinkedBlockingQueue<>(),
          new DefaultThreadFactory("filter-names", true));

  HttpThreads() {
    blocking.allowCoreThreadTimeOut(true);
  }

  /** Returns one of the event loops; not thread-safe. */
  EventLoop loop() {
    if (loops == null) {
      loops =
          new MultiThreadIoEventLoopGroup(
              LOOPS, new DefaultThreadFactory("filter-http", true), NioIoHandler.newFactory());
    }
    return loops.next();
  }

  @Override
  public void execute(Runnable lookup) {
    blocking.execute(lookup);
  }

  void close() {
    blocking.shutdown();
    if (loops != null) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
