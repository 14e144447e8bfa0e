// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a time. The argument {@code seconds} is a number, 0 to 3,600, with or without a
 * fraction. There are no outputs. A wait is one entry among the timers of an executor and takes no
 * thread.
 */
public final class SleepRunner implements OperationRunner {
  private static final double MAX_SECONDS = 3_600;

  private final int capacity;
  private final ScheduledExecutorService timer;
  private final AtomicInteger live = new AtomicInteger();
  private final Set<Sleep> sleeps = ConcurrentHashMap.newKeySet();

  /**
   * Creates a runner.
   *
   * @param capacity maximum number of waits at once
   * @param timer runs the timers, and calls {@code done}; not closed by this runner
   */
  public SleepRunner(int capacity, ScheduledExecutorService timer) {
    this.capacity = capacity;
    this.timer = timer;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public Running start(Operation operation, Duration timeLeft, Consumer<OperationResult> done) {
    Object seconds = operation.arguments().get("seconds");
    double wanted = seconds instanceof Number number ? number.doubleValue() : Double.NaN;
    if (!(wanted >= 0 && wanted <= MAX_SECONDS)) {
      return ended(done, ResultCode.INTERNAL, "seconds must be a number from 0 to 3600");
    } else if (live.incrementAndGet() > capacity) {
      live.decrementAndGet();
      String why = "the limit of " + capacity + " waits at once is reached";
      done.accept(OperationResult.failed(ResultCode.REJECTED, why));
      return NO_ROOM;
    }
    Sleep sleep = new Sleep(done);
    sleeps.add(sleep);
    sleep.begin((long) (wanted * TimeUnit.SECONDS.toNanos(1)), nanos(timeLeft));
    return sleep;
  }

  private static Running ended(Consumer<OperationResult> done, ResultCode code, String why) {
    done.accept(OperationResult.failed(code, why));
    return () -> {};
  }

  /** At most an hour more than any wait, so that it can't overflow. */
  private static long nanos(Duration timeLeft) {
    Duration most = Duration.ofHours(2);
    return timeLeft.compareTo(most) < 0 ? timeLeft.toNanos() : most.toNanos();
  }

  @Override
  public void close() {
    sleeps.forEach(Sleep::cancel);
  }

  private final class Sleep implements Running {
    private final Consumer<OperationResult> done;
    private @Nullable ScheduledFuture<?> entry;
    private boolean over;

    Sleep(Consumer<OperationResult> done) {
      this.done = done;
    }

    void begin(long wantedNanos, long leftNanos) {
      OperationResult result =
          wantedNanos <= leftNanos
              ? OperationResult.done(Map.of())
              : OperationResult.failed(ResultCode.TIMEOUT, "the wait is longer than the timeout");
      try {
        long nanos = Math.max(0, Math.min(wantedNanos, leftNanos));
        synchronized (this) {
          if (!over) {
            entry = timer.schedule(() -> end(result), nanos, TimeUnit.NANOSECONDS);
          }
        }
      } catch (RejectedExecutionException e) {
        cancel();
      }
    }

    @Override
    public void cancel() {
      end(OperationResult.failed(ResultCode.CANCELLED, "nobody waits for it any more"));
    }

    private void end(OperationResult result) {
      synchronized (this) {
        if (over) {
          return;
        }
        over = true;
        if (entry != null) {
          entry.cancel(false);
        }
      }
      sleeps.remove(this);
      live.decrementAndGet();
      done.accept(result);
    }
  }
}
