// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.net.Survival;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A runner with room for so many operations. It sees to what {@link OperationRunner} promises for
 * each of them: it is told to end at its deadline, or when it is cancelled; it ends once; and its
 * room is free when nothing of it is left. Subclasses do the work.
 */
abstract class BoundedRunner implements OperationRunner {
  private static final long CLOSE_SECONDS = 3;
  private static final long IDLE_SECONDS = 10;

  /** Longer times would overflow as nanoseconds. */
  private static final Duration MAX_TIME = Duration.ofDays(365);

  private final String name;
  private final int capacity;
  private final Semaphore room;
  private final Set<Task> tasks = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor timer;
  private volatile boolean closed;

  /**
   * Makes a runner that has no threads yet.
   *
   * @param name of the service, which the names of threads begin with
   */
  BoundedRunner(String name, int capacity) {
    this.name = name;
    this.capacity = capacity;
    room = new Semaphore(capacity);
    timer = new ScheduledThreadPoolExecutor(1, daemons("timer"));
    timer.setRemoveOnCancelPolicy(true);
  }

  /**
   * Reads the arguments of an operation.
   *
   * @throws IllegalArgumentException if they are wrong; its message says how
   */
  abstract Task prepare(Operation operation);

  /** Releases what the operations have shared. Blocks for at most about two seconds. */
  abstract void release() throws InterruptedException;

  /** Makes daemon threads that are named after the service and this purpose. */
  final ThreadFactory daemons(String purpose) {
    AtomicInteger made = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(work, name + "-" + purpose + "-" + made.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Makes a pool of so many daemon threads, which end when they are idle. Its queue needs no bound
   * of its own if the number of tasks is bounded by the number of operations.
   */
  final ThreadPoolExecutor threads(String purpose, int most) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            most,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons(purpose));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  final ScheduledThreadPoolExecutor timer() {
    return timer;
  }

  @Override
  public final int capacity() {
    return capacity;
  }

  @Override
  public final Running start(
      Operation operation, Duration timeLeft, Consumer<OperationResult> done) {
    if (!room.tryAcquire()) {
      String why = "the limit of " + capacity + " operations at once is reached";
      give(done, OperationResult.failed(ResultCode.REJECTED, why));
      return NO_ROOM;
    }
    Task task;
    try {
      task = prepare(operation);
    } catch (IllegalArgumentException e) {
      return notPrepared(done, String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      Survival.survive(e);
      return notPrepared(done, e.toString());
    }
    task.done = done;
    tasks.add(task);
    task.start(timeLeft);
    return task;
  }

  private Running notPrepared(Consumer<OperationResult> done, String why) {
    room.release();
    give(done, OperationResult.failed(ResultCode.INTERNAL, why));
    return () -> {};
  }

  private static void give(Consumer<OperationResult> done, OperationResult result) {
    try {
      done.accept(result);
    } catch (Throwable e) {
      Survival.survive(e);
    }
  }

  @Override
  public final void close() {
    closed = true;
    tasks.forEach(task -> task.stop(ResultCode.CANCELLED));
    try {
      if (room.tryAcquire(capacity, CLOSE_SECONDS, TimeUnit.SECONDS)) {
        room.release(capacity);
      }
      release();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    tasks.forEach(task -> task.fail(ResultCode.CANCELLED, "it did not end when the node stopped"));
    timer.shutdownNow();
  }

  /** An operation that has room, until it ends. */
  abstract class Task implements Running {
    private Consumer<OperationResult> done = result -> {};
    private @Nullable ScheduledFuture<?> deadline;
    private boolean begun;
    private @Nullable ResultCode stopped;
    private boolean ended;

    /**
     * Begins the work. Never blocks; called with this object's monitor held, and not after {@link
     * #stop}.
     */
    abstract void begin();

    /**
     * Has the work end soon. Never blocks; called at most once, after {@link #begin}, with this
     * object's monitor held.
     */
    abstract void interrupt();

    private void start(Duration timeLeft) {
      if (closed) {
        stop(ResultCode.CANCELLED);
      } else if (timeLeft.isZero() || timeLeft.isNegative()) {
        stop(ResultCode.TIMEOUT);
      } else {
        try {
          beginInTime(timeLeft.compareTo(MAX_TIME) < 0 ? timeLeft : MAX_TIME);
        } catch (RuntimeException | Error e) {
          unexpected(e);
        }
      }
    }

    private synchronized void beginInTime(Duration timeLeft) {
      // Closing may have stopped it already.
      if (!ended) {
        deadline =
            timer.schedule(
                () -> stop(ResultCode.TIMEOUT), timeLeft.toNanos(), TimeUnit.NANOSECONDS);
        begun = true;
        begin();
      }
    }

    @Override
    public final void cancel() {
      stop(ResultCode.CANCELLED);
    }

    /** Has it end, with this code unless its work is done by then. The first reason counts. */
    final void stop(ResultCode why) {
      synchronized (this) {
        if (ended || stopped != null) {
          return;
        }
        stopped = why;
        if (begun) {
          interrupt();
          return;
        }
      }
      fail(why, "");
    }

    final synchronized boolean isStopped() {
      return stopped != null;
    }

    /** Ends it with these outputs; with {@code REJECTED} if they are too large. */
    final void succeed(Map<String, ? extends @Nullable Object> outputs) {
      OperationResult result;
      try {
        result = OperationResult.done(outputs);
      } catch (IllegalArgumentException e) {
        result = OperationResult.failed(ResultCode.REJECTED, "the result has " + e.getMessage());
      }
      end(result);
    }

    /** Ends it with this code, or the reason that it was stopped for. */
    final void fail(ResultCode code, String why) {
      ResultCode reason;
      synchronized (this) {
        reason = stopped;
      }
      end(
          reason == null
              ? OperationResult.failed(code, why)
              : OperationResult.failed(
                  reason,
                  reason == ResultCode.TIMEOUT
                      ? "it did not end in time"
                      : "nobody waits for it any more"));
    }

    /** Ends it after an error that is a bug. */
    final void unexpected(Throwable e) {
      Survival.survive(e);
      fail(ResultCode.INTERNAL, e.toString());
    }

    private void end(OperationResult result) {
      synchronized (this) {
        if (ended) {
          return;
        }
        ended = true;
        if (deadline != null) {
          deadline.cancel(false);
        }
      }
      tasks.remove(this);
      room.release();
      give(done, result);
    }
  }
}
