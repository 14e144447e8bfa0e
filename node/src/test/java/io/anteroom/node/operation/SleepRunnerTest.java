// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SleepRunnerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final OperationResult DONE = OperationResult.done(Map.of());

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final BlockingQueue<OperationResult> results = new LinkedBlockingQueue<>();

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void wait_takesItsTime() throws Exception {
    SleepRunner runner = new SleepRunner(10, timer);
    long before = System.nanoTime();

    runner.start(sleep(0.05), HOUR, results::add);

    assertThat(next()).isEqualTo(DONE);
    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(50_000_000);
  }

  @Test
  void wait_ofWholeSeconds_orOfNone() throws Exception {
    SleepRunner runner = new SleepRunner(10, timer);

    runner.start(sleep(0L), Duration.ZERO, results::add);

    assertThat(next()).isEqualTo(DONE);
  }

  @Test
  void wait_thatIsLongerThanTheTimeLeft_isATimeoutWhenThatIsUp() throws Exception {
    SleepRunner runner = new SleepRunner(10, timer);

    runner.start(sleep(3_600L), Duration.ofMillis(20), results::add);

    assertThat(next().code()).isEqualTo(ResultCode.TIMEOUT);
  }

  static List<Map<String, ?>> wrong() {
    return List.of(
        Map.of(),
        Map.of("seconds", "1"),
        Map.of("seconds", -1L),
        Map.of("seconds", 3_601L),
        Map.of("seconds", Double.NaN),
        Map.of("seconds", Double.POSITIVE_INFINITY));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wait_withWrongArguments_isAnInternalFault(Map<String, Object> arguments) throws Exception {
    SleepRunner runner = new SleepRunner(10, timer);

    runner.start(new Operation(arguments), HOUR, results::add);

    assertThat(next())
        .isEqualTo(
            OperationResult.failed(ResultCode.INTERNAL, "seconds must be a number from 0 to 3600"));
  }

  @Test
  void wait_beyondTheCapacity_isRejected_untilAnotherHasEnded() throws Exception {
    SleepRunner runner = new SleepRunner(1, timer);
    OperationRunner.Running first = runner.start(sleep(60L), HOUR, results::add);

    runner.start(sleep(0L), HOUR, results::add);
    assertThat(next().code()).isEqualTo(ResultCode.REJECTED);
    first.cancel();
    first.cancel();
    assertThat(next().code()).isEqualTo(ResultCode.CANCELLED);
    runner.start(sleep(0L), HOUR, results::add);

    assertThat(next()).isEqualTo(DONE);
    assertThat(results).isEmpty();
  }

  @Test
  void runner_thatCloses_cancelsAllWaits_andTakesNoneWhenItsTimerIsGone() throws Exception {
    SleepRunner runner = new SleepRunner(10, timer);
    runner.start(sleep(60L), HOUR, results::add);
    runner.start(sleep(60L), HOUR, results::add);

    runner.close();
    assertThat(next().code()).isEqualTo(ResultCode.CANCELLED);
    assertThat(next().code()).isEqualTo(ResultCode.CANCELLED);
    timer.shutdownNow();
    runner.start(sleep(60L), HOUR, results::add);

    assertThat(next().code()).isEqualTo(ResultCode.CANCELLED);
  }

  @Test
  void hundredThousandWaits_takeNoThread_andLeaveNoTimer() {
    int many = 100_000;
    timer.setRemoveOnCancelPolicy(true);
    SleepRunner runner = new SleepRunner(many, timer);
    AtomicInteger cancelled = new AtomicInteger();
    List<OperationRunner.Running> all = new ArrayList<>();
    int threads = Thread.activeCount();
    for (int i = 0; i < many; i++) {
      all.add(
          runner.start(
              sleep(3_600L),
              HOUR,
              result -> {
                if (result.code() == ResultCode.CANCELLED) {
                  cancelled.incrementAndGet();
                }
              }));
    }

    assertThat(timer.getQueue()).hasSize(many);
    assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + 1);
    all.forEach(OperationRunner.Running::cancel);
    await().atMost(PATIENCE).until(() -> cancelled.get() == many);
    assertThat(timer.getQueue()).isEmpty();
  }

  private OperationResult next() throws InterruptedException {
    OperationResult result = results.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(result).isNotNull();
    return result;
  }

  private static Operation sleep(Number seconds) {
    return new Operation(Map.of("seconds", seconds));
  }
}
