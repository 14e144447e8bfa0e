// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadFactory;
import org.apache.pekko.actor.AbstractScheduler;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.event.LoggingAdapter;
import scala.concurrent.ExecutionContext;
import scala.concurrent.duration.FiniteDuration;

/**
 * The scheduler of an ActorSystem whose time passes when a test says so, in an order that is always
 * the same: by time, then as they were scheduled. What is due runs on the thread of the test, and
 * so does what comes of it, if it comes of actors of the {@link StepExecutor}.
 *
 * <p>ManualTime of Pekko's test kit sleeps a tenth of a second each time, and has no order.
 */
public final class StepScheduler extends AbstractScheduler {
  private final TreeMap<Due, Runnable> tasks = new TreeMap<>();
  private long nowNanos;
  private long scheduled;

  /** When something is due, and the how manieth it was. */
  private record Due(long nanos, long number) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return nanos != other.nanos
          ? Long.compare(nanos, other.nanos)
          : Long.compare(number, other.number);
    }
  }

  /** For the ActorSystem, which makes it from its configuration. */
  public StepScheduler(Config config, LoggingAdapter log, ThreadFactory threads) {}

  /** Has an ActorSystem use such a scheduler. */
  static Config config() {
    return ConfigFactory.parseMap(
        Map.of("pekko.scheduler.implementation", StepScheduler.class.getName()));
  }

  static StepScheduler of(ActorSystem<?> system) {
    return (StepScheduler) Adapter.toClassic(system).scheduler();
  }

  /** Runs all that is due in this time, and what that makes due. */
  void timePasses(Duration duration) {
    long until = now() + duration.toNanos();
    for (Runnable task = next(until); task != null; task = next(until)) {
      task.run();
      StepExecutor.runAll();
    }
  }

  /** For how long time has passed. */
  synchronized long now() {
    return nowNanos;
  }

  private synchronized Runnable next(long until) {
    if (tasks.isEmpty() || tasks.firstKey().nanos > until) {
      nowNanos = until;
      return null;
    }
    Map.Entry<Due, Runnable> first = tasks.pollFirstEntry();
    nowNanos = first.getKey().nanos;
    return first.getValue();
  }

  @Override
  public synchronized Cancellable scheduleOnce(
      FiniteDuration delay, Runnable task, ExecutionContext executor) {
    Due due = new Due(nowNanos + Math.max(0, delay.toNanos()), scheduled++);
    tasks.put(due, task);
    return new Cancellable() {
      @Override
      public boolean cancel() {
        synchronized (StepScheduler.this) {
          return tasks.remove(due) != null;
        }
      }

      @Override
      public boolean isCancelled() {
        synchronized (StepScheduler.this) {
          return !tasks.containsKey(due);
        }
      }
    };
  }

  @Override
  @SuppressWarnings("deprecation")
  public Cancellable schedule(
      FiniteDuration delay, FiniteDuration interval, Runnable task, ExecutionContext executor) {
    throw new UnsupportedOperationException("nothing here is done at a fixed rate");
  }

  @Override
  public double maxFrequency() {
    return 1_000;
  }
}
