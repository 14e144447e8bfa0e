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
 * The lookups in progress. Each takes a slot when it starts, ends exactly once, and then releases
 * its slot, whatever its steps throw. Thread-safe.
 */
final class Calls {
  private final EventLoop loop;
  private final Counters<Counter> counters;
  private final int max;
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Confined to the event loop. */
  private final Set<Call> calls = new HashSet<>();

  /** The work of a lookup, on the event loop. */
  @FunctionalInterface
  interface Steps<T> {
    CompletableFuture<T> begin(Call call) throws ResolverException;
  }

  /**
   * Creates an empty set of lookups.
   *
   * @param max the maximum number of lookups; further ones fail with {@link Status#ESERVICE}
   */
  Calls(EventLoop loop, Counters<Counter> counters, int max) {
    this.loop = loop;
    this.counters = counters;
    this.max = max;
  }

  /**
   * Starts a lookup.
   *
   * @param asked the name for its exceptions
   */
  <T> CompletableFuture<T> start(String asked, Steps<T> steps) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Call call = new Call(asked, result, active::decrementAndGet);
    if (active.incrementAndGet() > max) {
      counters.increment(Counter.UPSTREAM_OVERLOAD);
      call.fail(Status.ESERVICE);
      return result;
    }
    // The caller may complete it too.
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
      // Otherwise it would never complete, and its slot would be lost.
      settle(call, result, null, e);
    }
  }

  /** Called for any end, on any thread. */
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

  /** Runs a task on the event loop, unless the resolver is closed by then. */
  void run(Runnable task) {
    try {
      loop.execute(
          () -> {
            if (!closed.get()) {
              task.run();
            }
          });
    } catch (RejectedExecutionException e) {
      // The loop was shut down, so nothing is left to do.
    }
  }

  int active() {
    return active.get();
  }

  boolean isClosed() {
    return closed.get();
  }

  /** Closes it; returns true only to the caller that did so. */
  boolean close() {
    return closed.compareAndSet(false, true);
  }

  /** Fails all lookups; only on the event loop. */
  void failAll(Status status) {
    List.copyOf(calls).forEach(call -> call.fail(status));
  }
}
