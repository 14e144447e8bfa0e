// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerTasksTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final WorkerPools pools = new WorkerPools();
  private final List<Stoppable> workers = new CopyOnWriteArrayList<>();
  private final BlockingQueue<TaskResult> results = new LinkedBlockingQueue<>();

  /** A worker whose tasks look whether they were stopped. */
  private static final class Stoppable implements Worker {
    private volatile boolean stopped;
    private volatile boolean closed;

    @Override
    public void stop() {
      stopped = true;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @AfterEach
  void close() {
    pools.close();
  }

  private WorkerTasks<Stoppable> open(WorkerSettings settings) {
    return pools.open(
        "p",
        settings,
        () -> {
          workers.add(new Stoppable());
          return workers.get(workers.size() - 1);
        });
  }

  private WorkerTasks<Stoppable> open(int maxTasks, Duration limit) {
    return open(new WorkerSettings(maxTasks, 1 << 24, limit, SHORT));
  }

  private void schedule(WorkerTasks<Stoppable> tasks, Work<Worker> work) {
    tasks.schedule(work, 10, Runnable::run, results::add);
  }

  private TaskResult result() throws InterruptedException {
    TaskResult result = results.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(result).isNotNull();
    return result;
  }

  private long count(TaskCounter counter) {
    return stats().get(counter);
  }

  private TaskStats stats() {
    return pools.stats().iterator().next();
  }

  /** Waits like a C function: nothing ends it but the latch. */
  private static byte[] holdUntil(CountDownLatch end) {
    while (true) {
      try {
        end.await();
        return new byte[0];
      } catch (InterruptedException e) {
        // As a C function would.
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void task_hasOneResult_ofEachKind() throws Exception {
    WorkerTasks<Stoppable> tasks = open(10, LONG);

    schedule(tasks, worker -> bytes("response"));
    assertThat(result())
        .isInstanceOfSatisfying(
            TaskResult.Done.class,
            done -> assertThat(done.response()).asString().isEqualTo("response"));
    schedule(tasks, worker -> null);
    assertThat(result()).isEqualTo(new TaskResult.Nothing());
    schedule(
        tasks,
        worker -> {
          throw new IllegalStateException("it broke");
        });
    assertThat(result()).isEqualTo(new TaskResult.Failed("it broke"));
    schedule(tasks, worker -> new byte[WorkerTasks.MAX_DATA + 1]);
    assertThat(result())
        .isEqualTo(new TaskResult.Failed("the response has 1048577 bytes, more than 1048576"));

    assertThat(workers).hasSize(1);
    assertThat(count(TaskCounter.SCHEDULED)).isEqualTo(4);
    assertThat(count(TaskCounter.DONE)).isEqualTo(1);
    assertThat(count(TaskCounter.NOTHING)).isEqualTo(1);
    assertThat(count(TaskCounter.FAILED)).isEqualTo(2);
  }

  @Test
  void taskThatThrowsAnError_fails_andTheThreadGoesOn() throws Exception {
    WorkerTasks<Stoppable> tasks = open(10, LONG);

    schedule(
        tasks,
        worker -> {
          throw new StackOverflowError();
        });
    schedule(tasks, worker -> null);

    assertThat(result()).isEqualTo(new TaskResult.Failed("java.lang.StackOverflowError"));
    assertThat(result()).isEqualTo(new TaskResult.Nothing());
    assertThat(workers).hasSize(1);
  }

  @Test
  void tasksBeyondTheLimit_areRejectedAtOnce_andAllAreCounted() throws Exception {
    WorkerTasks<Stoppable> tasks = open(1_000, LONG);
    tasks.setWorkers(4);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger rejected = new AtomicInteger();

    for (int i = 0; i < 100_000; i++) {
      tasks.schedule(
          worker -> holdUntil(go),
          1,
          Runnable::run,
          result -> {
            if (result instanceof TaskResult.Rejected) {
              rejected.incrementAndGet();
            } else {
              results.add(result);
            }
          });
    }
    assertThat(rejected).hasValue(99_000);
    await().atMost(PATIENCE).until(() -> stats().running() == 4);
    assertThat(tasks.pendingItems()).isEqualTo(996);
    assertThat(stats().pending()).isEqualTo(996);
    go.countDown();
    for (int i = 0; i < 1_000; i++) {
      assertThat(result()).isInstanceOf(TaskResult.Done.class);
    }

    await().atMost(PATIENCE).until(() -> stats().running() == 0);
    assertThat(count(TaskCounter.SCHEDULED)).isEqualTo(100_000);
    assertThat(count(TaskCounter.DONE)).isEqualTo(1_000);
    assertThat(count(TaskCounter.REJECTED)).isEqualTo(99_000);
    assertThat(workers).hasSize(4);
    assertThat(tasks.pendingItems()).isZero();
  }

  @Test
  void bytesBeyondTheLimit_areRejected_untilTheResultsAreTaken() throws Exception {
    WorkerTasks<Stoppable> tasks = open(new WorkerSettings(10, 100, LONG, SHORT));
    BlockingQueue<Runnable> untaken = new LinkedBlockingQueue<>();
    tasks.schedule(worker -> new byte[50], 50, untaken::add, results::add);
    Runnable taken = untaken.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    tasks.schedule(worker -> null, 1, Runnable::run, results::add);
    assertThat(result()).isEqualTo(new TaskResult.Rejected("unfinished tasks have 100 bytes"));
    taken.run();
    assertThat(result()).isInstanceOf(TaskResult.Done.class);
    tasks.schedule(worker -> new byte[99], 2, Runnable::run, results::add);

    assertThat(result()).isEqualTo(new TaskResult.Failed("unfinished tasks have 2 bytes"));
  }

  @Test
  void resultThatTheExecutorRejects_isCounted_andTakesNoRoom() throws Exception {
    WorkerTasks<Stoppable> tasks = open(1, LONG);

    tasks.schedule(
        worker -> null,
        1,
        run -> {
          throw new RejectedExecutionException();
        },
        results::add);
    await().atMost(PATIENCE).until(() -> count(TaskCounter.UNREPORTED) == 1);
    await().atMost(PATIENCE).untilAsserted(() -> scheduleOne(tasks));

    assertThat(result()).isEqualTo(new TaskResult.Nothing());
  }

  private void scheduleOne(WorkerTasks<Stoppable> tasks) {
    List<TaskResult> rejected = new CopyOnWriteArrayList<>();
    tasks.schedule(
        worker -> null,
        1,
        Runnable::run,
        result -> (result instanceof TaskResult.Rejected ? rejected : results).add(result));
    assertThat(rejected).isEmpty();
  }

  @Test
  void taskPastItsTime_isStopped_andTheThreadStays() throws Exception {
    WorkerTasks<Stoppable> tasks = open(10, SHORT);

    schedule(
        tasks,
        worker -> {
          while (!((Stoppable) worker).stopped) {
            Thread.onSpinWait();
          }
          return bytes("too late");
        });

    assertThat(result()).isEqualTo(new TaskResult.TimedOut());
    await().atMost(PATIENCE).until(() -> stats().overrun() == 0);
    assertThat(stats().running()).isZero();
    assertThat(results).isEmpty();
    assertThat(count(TaskCounter.TIMED_OUT)).isEqualTo(1);
    assertThat(count(TaskCounter.DONE)).isZero();
  }

  @Test
  void taskThatDoesNotStop_itsThreadIsReplaced_andCountedUntilItEnds() throws Exception {
    WorkerTasks<Stoppable> tasks = open(10, SHORT);
    CountDownLatch end = new CountDownLatch(1);

    schedule(tasks, worker -> holdUntil(end));
    assertThat(result()).isEqualTo(new TaskResult.TimedOut());
    schedule(tasks, worker -> null);

    assertThat(result()).isEqualTo(new TaskResult.Nothing());
    assertThat(stats().overrun()).isEqualTo(1);
    assertThat(count(TaskCounter.OVERRUNS)).isEqualTo(1);
    assertThat(workers).hasSize(2);
    end.countDown();
    await().atMost(PATIENCE).until(() -> stats().overrun() == 0 && workers.get(0).closed);
  }

  @Test
  void tasksThatHoldAllThreads_rejectTheOthers_untilOneEnds() throws Exception {
    WorkerTasks<Stoppable> tasks = open(100, SHORT);
    CountDownLatch end = new CountDownLatch(1);
    int held = TaskStats.MAX_REPLACED + 1;

    for (int i = 0; i < held; i++) {
      schedule(tasks, worker -> holdUntil(end));
    }
    for (int i = 0; i < held; i++) {
      assertThat(result()).isEqualTo(new TaskResult.TimedOut());
    }
    schedule(tasks, worker -> null);
    assertThat(result())
        .isEqualTo(new TaskResult.Rejected("tasks that do not end hold all worker threads"));
    assertThat(tasks.schedule(worker -> null, 1, PATIENCE, results::add))
        .as("it does not help to wait for room")
        .isNotSameAs(OperationRunner.NO_ROOM);
    assertThat(result()).isInstanceOf(TaskResult.Rejected.class);
    assertThat(stats().overrun()).isEqualTo(held);
    assertThat(workers).hasSize(held);
    end.countDown();
    await().atMost(PATIENCE).until(() -> stats().overrun() == 0);
    await().atMost(PATIENCE).untilAsserted(() -> scheduleOne(tasks));

    assertThat(result()).isEqualTo(new TaskResult.Nothing());
  }

  @Test
  void interruptOfOneTask_doesNotReachTheNext() throws Exception {
    WorkerTasks<Stoppable> tasks = open(10, SHORT);

    for (int i = 0; i < 20; i++) {
      schedule(
          tasks,
          worker -> {
            new CountDownLatch(1).await();
            return null;
          });
      assertThat(result()).isEqualTo(new TaskResult.TimedOut());
      schedule(tasks, worker -> Thread.currentThread().isInterrupted() ? bytes("yes") : null);
      assertThat(result()).isEqualTo(new TaskResult.Nothing());
    }
  }

  @Test
  void retiredPool_carriesOutWhatItHas_andTakesNoMore() throws Exception {
    WorkerTasks<Stoppable> tasks = open(10, LONG);
    CountDownLatch go = new CountDownLatch(1);
    schedule(tasks, worker -> holdUntil(go));
    schedule(tasks, worker -> null);

    tasks.retire();
    schedule(tasks, worker -> null);
    assertThat(result()).isEqualTo(new TaskResult.Rejected("the policy ends"));
    go.countDown();

    assertThat(result()).isInstanceOf(TaskResult.Done.class);
    assertThat(result()).isEqualTo(new TaskResult.Nothing());
    await().atMost(PATIENCE).until(() -> tasks.isOver() && workers.get(0).closed);
  }

  @Test
  void close_endsAllTasks() throws Exception {
    WorkerTasks<Stoppable> tasks = open(10, LONG);
    schedule(
        tasks,
        worker -> {
          new CountDownLatch(1).await();
          return null;
        });
    await().atMost(PATIENCE).until(() -> stats().running() == 1);
    schedule(tasks, worker -> null);

    pools.close();

    assertThat(result()).isEqualTo(new TaskResult.Failed("the node stops"));
    assertThat(result()).isEqualTo(new TaskResult.Failed("the node stops"));
    await().atMost(PATIENCE).until(() -> tasks.isOver() && workers.get(0).closed);
  }
}
