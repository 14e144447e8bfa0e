// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.netty.channel.EventLoop;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The lookups that are under way. Each takes a slot when it starts, ends exactly once, and then
 * gives its slot back, whatever its steps throw. Safe for any thread.
 */
final class Calls {
  private final EventLoop loop;
  private final Counters<Counter> counters;
  private final int max;
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Confined to the event loop. */
  private final Set<Call> calls = new HashSet<>();

  /** What a lookup does, on the event loop. */
  @FunctionalInterface
  interface Steps<T> {
    CompletableFuture<T> begin(Call call) throws ResolverException;
  }

  /**
   * No lookups yet.
   *
   * @param max lookups at once; more fail with {@link Status#ESERVICE}
   */
  Calls(EventLoop loop, Counters<Counter> counters, int max) {
    this.loop = loop;
    this.counters = counters;
    this.max = max;
  }

  /**
   * Starts a lookup.
   *
   * @param asked what its exception names
   */
  <T> CompletableFuture<T> start(String asked, Steps<T> steps) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Call call = new Call(asked, result, active::decrementAndGet);
    if (active.incrementAndGet() > max) {
      counters.increment(Counter.UPSTREAM_OVERLOAD);
      call.fail(Status.ESERVICE);
      return result;
    }
    // Whoever else completes it.
    result.whenComplete((value, failure) -> call.releaseSlot());
    try {
      loop.execute(() -> begin(call, result, steps));
    } catch (RejectedExecutionException e) {
      call.fail(Status.EDESTRUCTION);
    }
    return result;
  }

  private <T> void begin(Call call, CompletableFuture<T> result, Steps<T> steps) {
    if (closed.get()) {
      call.fail(Status.EDESTRUCTION);
    }
    if (call.isOver()) {
      return;
    }
    calls.add(call);
    result.whenComplete((value, failure) -> end(call));
    try {
      steps.begin(call).whenComplete((value, failure) -> settle(call, result, value, failure));
    } catch (ResolverException | RuntimeException | Error e) {
      // Nobody else would complete it, and its slot would be taken for good.
      settle(call, result, null, e);
    }
  }

  /** However it ended, and on whatever thread. */
  private void end(Call call) {
    if (loop.inEventLoop()) {
      forget(call);
    } else {
      run(() -> forget(call));
    }
  }

  private void forget(Call call) {
    calls.remove(call);
    call.abandon();
  }

  private static <T> void settle(
      Call call, CompletableFuture<T> result, @Nullable T value, @Nullable Throwable failure) {
    call.releaseSlot();
    if (failure == null) {
      result.complete(value);
      return;
    }
    Throwable cause = failure.getCause();
    Throwable why = failure instanceof CompletionException && cause != null ? cause : failure;
    result.completeExceptionally(
        why instanceof ResolverException known ? known.about(call.asked()) : why);
  }

  /** Does something on the event loop, unless all is closed by then. */
  void run(Runnable task) {
    try {
      loop.execute(
          () -> {
            if (!closed.get()) {
              task.run();
            }
          });
    } catch (RejectedExecutionException e) {
      // It has been closed, and then nothing is left to do.
    }
  }

  int active() {
    return active.get();
  }

  boolean isClosed() {
    return closed.get();
  }

  /** Whoever gets true is the one who has closed it. */
  boolean close() {
    return closed.compareAndSet(false, true);
  }

  /** Ends all lookups; only on the event loop. */
  void failAll(Status status) {
    List.copyOf(calls).forEach(call -> call.fail(status));
  }
}
