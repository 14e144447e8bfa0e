// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Gives each query its {@link OwnVerdict}, at once; or, when it is slow, one after the other at a
 * fixed rate, in the order in which they came, those whose time is up as well. It holds no more
 * than the credits that its member grants.
 */
final class SlowFilter implements Filter, AutoCloseable {
  private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
  private final AtomicInteger decidedSlowly = new AtomicInteger();
  private final Thread thread = new Thread(this::work, "slow-filter");
  private volatile long pauseNanos;

  private record Waiting(int number, CompletableFuture<Verdict> verdict) {}

  SlowFilter() {
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public CompletionStage<Verdict> decide(FilterRequest request) {
    int number = Packets.number(ByteBuffer.wrap(request.message()));
    if (pauseNanos == 0) {
      return CompletableFuture.completedFuture(OwnVerdict.of(number));
    }
    Waiting waiting = new Waiting(number, new CompletableFuture<>());
    queue.add(waiting);
    return waiting.verdict;
  }

  /** Decides about so many a second from now on. */
  void slow(int perSecond) {
    pauseNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  /** Decides at once from now on, about what waits as well. */
  void fast() {
    pauseNanos = 0;
  }

  int decidedSlowly() {
    return decidedSlowly.get();
  }

  private void work() {
    try {
      long free = System.nanoTime();
      while (true) {
        Waiting waiting = queue.take();
        // The time in which it had nothing to do is not saved up.
        free = Math.max(free + pauseNanos, System.nanoTime());
        Wait.untilNanos(free);
        waiting.verdict.complete(OwnVerdict.of(waiting.number));
        decidedSlowly.incrementAndGet();
      }
    } catch (InterruptedException e) {
      // It is closed.
    }
  }

  @Override
  public void close() {
    fast();
    thread.interrupt();
  }
}
