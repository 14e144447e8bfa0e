// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.filter.FilterRouter.Connection;
import io.anteroom.node.filter.FilterRouter.Failed;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Ended;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.operation.OperationRunner;
import io.anteroom.node.operation.SleepRunner;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class OperationConnectorActorTest {
  private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final Duration WAIT = Duration.ofMinutes(2);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration TICK = Duration.ofMillis(25);
  private static final OperationResult DONE = OperationResult.done(Map.of("credit", 3L));

  private final FilterService service = new FilterService(Queries.service(7));
  private final TestProbe<ToRouter> router = KIT.createTestProbe();
  private final TestProbe<Object> ends = KIT.createTestProbe();
  private final ScriptedRunner runner = new ScriptedRunner(3);
  private long sequence;

  @AfterAll
  static void shutdown() {
    KIT.shutdownTestKit();
  }

  /** Keeps what it is told to do, and does it when the test says so. */
  private static final class ScriptedRunner implements OperationRunner {
    final int capacity;
    final List<Started> started = new CopyOnWriteArrayList<>();
    volatile @Nullable OperationResult atOnce;
    volatile boolean full = true;
    volatile @Nullable RuntimeException thrown;
    volatile @Nullable RuntimeException thrownByCancel;

    ScriptedRunner(int capacity) {
      this.capacity = capacity;
    }

    /** An operation, and whether it has been cancelled. */
    final class Started implements Running {
      final Operation operation;
      final Duration timeLeft;
      final Consumer<OperationResult> done;
      volatile int cancelled;

      Started(Operation operation, Duration timeLeft, Consumer<OperationResult> done) {
        this.operation = operation;
        this.timeLeft = timeLeft;
        this.done = done;
      }

      @Override
      public void cancel() {
        cancelled++;
        if (thrownByCancel != null) {
          throw thrownByCancel;
        }
      }
    }

    @Override
    public int capacity() {
      return capacity;
    }

    @Override
    public Running start(Operation operation, Duration timeLeft, Consumer<OperationResult> done) {
      Started start = new Started(operation, timeLeft, done);
      started.add(start);
      if (atOnce != null) {
        done.accept(atOnce);
      }
      if (thrown != null) {
        throw thrown;
      }
      return atOnce != null && full ? NO_ROOM : start;
    }

    @Override
    public void close() {}
  }

  @Test
  void connector_isThereAtOnce_withTheCapacityOfItsRunner() {
    ActorRef<ToInstance> connector =
        KIT.spawn(OperationConnector.create(service, runner, router.ref(), this::now));

    router.expectMessage(WAIT, new Connection(connector, true, 3, 3));
  }

  @Test
  void operation_isStartedWithTheTimeThatIsLeft_andItsResultIsAVerdictWithACredit() {
    ActorRef<ToInstance> connector = start();
    ask(connector, 1);

    assertThat(started(1).operation.arguments()).containsEntry("number", 1L);
    assertThat(started(1).timeLeft).isEqualTo(TIMEOUT);
    started(1).done.accept(DONE);

    expectResult(connector, 1, DONE);
    assertCounted(SuspensionCounter.OPERATIONS_FAILED, 0);
  }

  @Test
  void operation_thatEndsBeforeItsStartReturns_hasAResult() {
    ActorRef<ToInstance> connector = start();
    runner.atOnce = DONE;
    ask(connector, 1);

    expectResult(connector, 1, DONE);
  }

  @Test
  void operation_thatFails_isCounted_andItsPolicyToldTheCode() {
    ActorRef<ToInstance> connector = start();
    OperationResult refused = OperationResult.failed(ResultCode.REFUSED, "no such table");
    ask(connector, 1);
    started(1).done.accept(refused);

    expectResult(connector, 1, refused);
    assertCounted(SuspensionCounter.OPERATIONS_FAILED, 1);
  }

  /** As from a node of a later version, with a kind of value that this one can't read. */
  @Test
  void request_withoutOperation_hasNoResult_andGivesItsCreditBack() {
    ActorRef<ToInstance> connector = start();
    connector.tell(new FilterRequests(router.ref(), 0, List.of(request(1, null))));

    router.expectMessage(WAIT, new Failed(connector, 1, key(1), Undecided.TIMEOUT));
    assertThat(runner.started).isEmpty();
  }

  @Test
  void query_thatWaitsNoMore_cancelsItsOperation_whoseCreditReturnsWhenTheRunnerHasEndedIt() {
    ActorRef<ToInstance> connector = start();
    ask(connector, 1, 2);
    connector.tell(new OperationConnector.Forget(key(1)));
    ask(connector, 3);

    assertThat(started(3).cancelled).isZero();
    assertThat(started(1).cancelled).isEqualTo(1);
    assertThat(started(2).cancelled).isZero();
    router.expectNoMessage(Duration.ZERO);
    started(1).done.accept(OperationResult.failed(ResultCode.CANCELLED, ""));
    router.expectMessage(WAIT, new Resumes(connector, 1, List.of()));
    assertCounted(SuspensionCounter.OPERATIONS_CANCELLED, 1);
    assertCounted(SuspensionCounter.VERDICTS_LATE, 0);
  }

  @Test
  void result_thatComesTooLate_isCountedAndDropped() {
    ActorRef<ToInstance> connector = start();
    ask(connector, 1);
    connector.tell(new OperationConnector.Forget(key(1)));
    connector.tell(new OperationConnector.Forget(key(1)));
    started(1).done.accept(DONE);

    router.expectMessage(WAIT, new Resumes(connector, 1, List.of()));
    assertCounted(SuspensionCounter.VERDICTS_LATE, 1);
    assertThat(started(1).cancelled).isEqualTo(1);
  }

  @Test
  void runner_thatEndsAnOperationTwice_givesOneResultAndOneCredit() {
    ActorRef<ToInstance> connector = start();
    ask(connector, 1, 2);
    started(1).done.accept(DONE);
    started(1).done.accept(OperationResult.failed(ResultCode.TIMEOUT, ""));
    started(2).done.accept(DONE);

    expectResult(connector, 1, DONE);
    expectResult(connector, 2, DONE);
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void runner_thatNeverEndsAnOperation_keepsItsCredit_andHarmsNoOther() {
    ActorRef<ToInstance> connector = start();
    ask(connector, 1, 2);
    connector.tell(new OperationConnector.Forget(key(1)));
    started(2).done.accept(DONE);

    expectResult(connector, 2, DONE);
    TIME.timePasses(Duration.ofHours(1));
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void runner_thatThrows_endsTheOperationAsAnInternalFault_once() {
    ActorRef<ToInstance> connector = start();
    runner.thrown = new IllegalStateException("a bug");
    ask(connector, 1);
    expectResult(
        connector,
        1,
        OperationResult.failed(ResultCode.INTERNAL, "java.lang.IllegalStateException: a bug"));
    runner.atOnce = DONE;
    ask(connector, 2);
    expectResult(connector, 2, DONE);
    runner.thrown = null;
    ask(connector, 3);
    expectResult(connector, 3, DONE);
  }

  @Test
  void runner_thatThrowsWhenCancelled_harmsNoOther() {
    ActorRef<ToInstance> connector = start();
    runner.thrownByCancel = new IllegalStateException("a bug");
    ask(connector, 1, 2);
    connector.tell(new OperationConnector.Forget(key(1)));
    started(2).done.accept(DONE);
    expectResult(connector, 2, DONE);

    KIT.stop(connector, WAIT);
    assertThat(started(1).cancelled).isEqualTo(2);
  }

  @Test
  void connector_thatStops_cancelsAllOperations() {
    ActorRef<ToInstance> connector = start();
    ask(connector, 1, 2);
    started(2).done.accept(DONE);
    expectResult(connector, 2, DONE);

    KIT.stop(connector, WAIT);

    assertThat(started(1).cancelled).isEqualTo(1);
    assertThat(started(2).cancelled).isZero();
  }

  /** While a node changes its cluster, it has two connectors for one runner. */
  @Test
  void operation_forWhichTheRunnerHasNoRoom_waitsUntilAnotherEnds() {
    ActorRef<ToInstance> connector = start();
    ask(connector, 1);
    assertThat(started(1).cancelled).isZero();
    runner.atOnce = OperationResult.failed(ResultCode.REJECTED, "full");
    ask(connector, 2, 3);
    awaitCounted(SuspensionCounter.OPERATIONS_QUEUED, 2);
    runner.atOnce = null;
    started(1).done.accept(DONE);
    expectResult(connector, 1, DONE);

    assertThat(started(4).operation.arguments()).containsEntry("number", 3L);
    assertThat(started(3).operation.arguments()).containsEntry("number", 2L);
    assertThat(started(3).timeLeft).isEqualTo(TIMEOUT);
    started(3).done.accept(DONE);
    expectResult(connector, 2, DONE);
  }

  @Test
  void operation_forWhichTheRunnerHasNoRoom_isTriedAgain_withTheTimeThatIsLeft() {
    ActorRef<ToInstance> connector = start();
    runner.atOnce = OperationResult.failed(ResultCode.REJECTED, "full");
    ask(connector, 1);
    awaitCounted(SuspensionCounter.OPERATIONS_QUEUED, 1);
    TIME.timePasses(TICK);
    runner.atOnce = null;
    TIME.timePasses(TICK);

    assertThat(started(2).timeLeft).isEqualTo(TIMEOUT);
    assertThat(runner.started).hasSizeBetween(2, 3);
    started(runner.started.size()).done.accept(DONE);
    expectResult(connector, 1, DONE);
  }

  @Test
  void query_thatWaitsNoMore_beforeTheRunnerHasRoom_isNotStarted_andItsCreditReturns() {
    ActorRef<ToInstance> connector = start();
    runner.atOnce = OperationResult.failed(ResultCode.REJECTED, "full");
    ask(connector, 1);
    awaitCounted(SuspensionCounter.OPERATIONS_QUEUED, 1);
    connector.tell(new OperationConnector.Forget(key(1)));
    connector.tell(new FilterRequests(router.ref(), 1, List.of(request(9, null))));
    router.expectMessageClass(Failed.class, WAIT);
    TIME.timePasses(TICK);

    router.expectMessage(WAIT, new Resumes(connector, 1, List.of()));
    assertThat(runner.started).hasSize(1);
    assertCounted(SuspensionCounter.OPERATIONS_CANCELLED, 0);
  }

  /** A limit that waiting does not help with, such as of the size of a result. */
  @Test
  void operation_thatIsRejectedLater_isToldToItsPolicy() {
    ActorRef<ToInstance> connector = start();
    OperationResult rejected = OperationResult.failed(ResultCode.REJECTED, "too many rows");
    ask(connector, 1);
    started(1).done.accept(rejected);

    expectResult(connector, 1, rejected);
  }

  /** Such as for worker threads that are held by tasks without end. */
  @Test
  void operation_thatIsRejectedAtOnce_butNotForItsNumber_isToldToItsPolicyAtOnce() {
    ActorRef<ToInstance> connector = start();
    OperationResult rejected = OperationResult.failed(ResultCode.REJECTED, "all threads are held");
    runner.full = false;
    runner.atOnce = rejected;
    ask(connector, 1);

    expectResult(connector, 1, rejected);
    assertThat(runner.started).hasSize(1);
    assertCounted(SuspensionCounter.OPERATIONS_QUEUED, 0);
  }

  @Test
  void waits_endByTheirTimer_orWithTheirQuery() {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try {
      SleepRunner sleeps = new SleepRunner(2, timer);
      ActorRef<ToInstance> connector =
          KIT.spawn(OperationConnector.create(service, sleeps, router.ref(), this::now));
      router.expectMessage(WAIT, new Connection(connector, true, 2, 2));
      connector.tell(
          new FilterRequests(
              router.ref(), 0, List.of(request(1, sleep(0.01)), request(2, sleep(3_600)))));
      expectResult(connector, 1, OperationResult.done(Map.of()));
      connector.tell(new OperationConnector.Forget(key(2)));

      router.expectMessage(WAIT, new Resumes(connector, 1, List.of()));
    } finally {
      timer.shutdownNow();
    }
  }

  /** The router tells the connector of queries that end otherwise, after their request. */
  @Test
  void router_hasOperationsCancelled_whoseQueriesHaveEnded() {
    TestProbe<SuspensionCommand> entity = KIT.createTestProbe();
    TestProbe<OriginCommand> origin = KIT.createTestProbe();
    FilterService operations =
        new FilterService(
            new FilterSettings(
                "op",
                7,
                TIMEOUT,
                Policy.CONTINUE,
                Policy.CONTINUE,
                Policy.CONTINUE,
                9,
                9,
                9,
                null,
                new ConnectorSettings.Sleep(3)));
    ServiceView view = operations.view();
    ActorRef<ToRouter> real =
        KIT.spawn(
            FilterRouter.create(
                operations,
                view,
                message -> {},
                new EndedKeys(),
                new Strays(),
                purge -> {},
                this::now));
    ActorRef<ToInstance> connector =
        KIT.spawn(OperationConnector.create(operations, runner, real, this::now));
    await().atMost(WAIT).until(view::isAvailable);
    for (int i = 1; i <= 2; i++) {
      Continuation waiting = Continuation.of(new Operation(Map.of("number", (long) i)));
      real.tell(
          new Ask(
              Queries.suspended(
                  key(i),
                  Queries.forName("www.example").withContinuation(waiting),
                  origin.ref(),
                  TIMEOUT.toNanos()),
              entity.ref()));
    }
    real.tell(new Ended(key(1)));
    await().atMost(WAIT).until(() -> started(1).cancelled == 1);
    started(2).done.accept(DONE);

    assertThat(entity.expectMessageClass(Decide.class, WAIT))
        .isEqualTo(new Decide(key(2), Verdict.result(DONE), connector, real));
    assertThat(started(2).cancelled).isZero();
  }

  private long now() {
    return 0;
  }

  private ActorRef<ToInstance> start() {
    ActorRef<ToInstance> connector =
        KIT.spawn(OperationConnector.create(service, runner, router.ref(), this::now));
    router.expectMessageClass(Connection.class, WAIT);
    return connector;
  }

  private void ask(ActorRef<ToInstance> connector, int... numbers) {
    List<FilterRequest> requests = new ArrayList<>();
    for (int number : numbers) {
      requests.add(request(number, new Operation(Map.of("number", (long) number))));
    }
    connector.tell(new FilterRequests(router.ref(), sequence, requests));
    sequence += numbers.length;
  }

  /** The n-th operation that the runner was asked for. */
  private ScriptedRunner.Started started(int n) {
    await().atMost(WAIT).until(() -> runner.started.size() >= n);
    return runner.started.get(n - 1);
  }

  private void expectResult(ActorRef<ToInstance> connector, int number, OperationResult result) {
    Resume resume = new Resume(key(number), Verdict.result(result));
    router.expectMessage(WAIT, new Resumes(connector, 1, List.of(resume)));
  }

  private void awaitCounted(SuspensionCounter counter, long value) {
    await().atMost(WAIT).until(() -> service.counters().get(counter) == value);
  }

  private void assertCounted(SuspensionCounter counter, long value) {
    assertThat(service.counters().get(counter)).isEqualTo(value);
  }

  private static Operation sleep(double seconds) {
    return new Operation(Map.of("seconds", seconds));
  }

  private static FilterRequest request(int number, @Nullable Operation operation) {
    return new FilterRequest(
        key(number),
        Stage.QUERY,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 5353),
        Transport.UDP,
        Map.of(),
        new byte[] {1, 2, 3},
        TIMEOUT.toNanos() / 1_000,
        operation,
        "");
  }

  private static SuspensionKey key(int number) {
    return new SuspensionKey(7, number);
  }
}
