// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.filter.VerdictFit;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Ended;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendRefused;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.GiveUp;
import io.anteroom.node.flow.SuspensionCommand.Local;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.testing.Queries;
import io.anteroom.node.wire.Answers;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SuspendedQueryActorTest {
  private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final SuspensionKey KEY = new SuspensionKey(7, 4_711 << 12 | 3);
  private static final Duration TIMEOUT = Duration.ofMillis(500);

  private final TestProbe<OriginCommand> origin = KIT.createTestProbe();
  private final TestProbe<ToRouter> router = KIT.createTestProbe();
  private final TestProbe<ToInstance> instance = KIT.createTestProbe();
  private final TestProbe<SuspensionCommand> region = KIT.createTestProbe();
  private final EndedKeys ended = new EndedKeys();
  private final FilterService service = new FilterService(Queries.service(7));
  private final EarlyVerdicts early = new EarlyVerdicts(new Counters<>(Counter.class), () -> 0);
  private final SuspendedState state =
      Queries.suspended(KEY, Queries.forName("www.example"), origin.getRef(), TIMEOUT.toNanos());
  private final ActorRef<SuspensionCommand> entity =
      KIT.spawn(SuspendedQuery.create(KEY, shared(service)));

  SuspendedQueryActorTest() {
    service.add(new FilterService.InCluster(KIT.system(), router.getRef(), service.newView()));
  }

  @AfterAll
  static void shutdown() {
    KIT.shutdownTestKit();
  }

  @Test
  void suspended_asksItsRouter() {
    entity.tell(new Suspend(state));
    assertThat(router.expectMessageClass(Ask.class).state()).isSameAs(state);
  }

  @Test
  void verdict_resumesItsOrigin_isAcknowledged_andEndsIt() {
    suspend();
    entity.tell(decide(Verdict.proceed()));
    origin.expectMessage(new Resumed(KEY, new Decided(Verdict.proceed(), false)));
    assertThat(settled()).isEqualTo(Status.RESUMED);
    gone();
    assertThat(ended.contains(KEY)).isTrue();
  }

  @Test
  void verdict_thatCameThroughAnotherNode_isToldToTheOwnRouterToo() {
    TestProbe<ToRouter> other = KIT.createTestProbe();
    suspend();
    entity.tell(new Decide(KEY, Verdict.drop(), instance.getRef(), other.getRef()));
    other.expectMessageClass(Settled.class);
    router.expectMessage(new Ended(KEY));
  }

  @Test
  void secondVerdict_isAnsweredEnded_andChangesNothing() {
    suspend();
    entity.tell(decide(Verdict.proceed()));
    origin.expectMessageClass(Resumed.class);
    settled();
    ActorRef<SuspensionCommand> again = startedByStray();
    again.tell(decide(Verdict.drop()));
    assertThat(settled()).isEqualTo(Status.ENDED);
    origin.expectNoMessage(Duration.ZERO);
  }

  @Test
  void verdict_forAKeyThatNeverWas_isAnsweredUnknown() {
    entity.tell(decide(Verdict.proceed()));
    assertThat(settled()).isEqualTo(Status.UNKNOWN);
    gone();
  }

  @Test
  void timeout_resumesItsOrigin_undecided() {
    suspend();
    TIME.timePasses(TIMEOUT);
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.TIMEOUT)));
    router.expectMessage(new Ended(KEY));
    gone();
  }

  /** A receive timeout starts anew with every message that influences it; none may. */
  @Test
  void deadline_isNotMovedByAnyOtherMessage() {
    suspend();
    TIME.timePasses(TIMEOUT.minusMillis(1));
    origin.expectNoMessage(Duration.ZERO);
    entity.tell(byOperator(Verdict.answer(new byte[] {1, 2, 3})));
    assertThat(settled()).isEqualTo(Status.REJECTED);
    entity.tell(new SuspensionCommand.ClaimShard(3));
    entity.tell(byOperator(Verdict.answer(new byte[0])));
    assertThat(settled()).isEqualTo(Status.REJECTED);
    TIME.timePasses(Duration.ofMillis(1));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.TIMEOUT)));
  }

  @Test
  void secondSuspend_isRefused_andTheFirstIsUntouched() {
    TestProbe<OriginCommand> intruder = KIT.createTestProbe();
    suspend();
    entity.tell(
        new Suspend(
            Queries.suspended(
                KEY, Queries.forName("other.example"), intruder.getRef(), Long.MAX_VALUE)));
    intruder.expectMessage(new SuspendRefused(KEY));
    TIME.timePasses(TIMEOUT);
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.TIMEOUT)));
    intruder.expectNoMessage(Duration.ZERO);
  }

  @Test
  void message_ofAnOperator_forAnotherQuestion_isRejected_andTheRightOneStillCounts() {
    suspend();
    byte[] wrong = Answers.rcode(Queries.forName("wrong.example").wire(), 0, null);
    entity.tell(byOperator(Verdict.answer(wrong)));
    assertThat(rejection()).isEqualTo(Rejection.MESSAGE);
    byte[] right = Answers.rcode(state.query().wire(), 0, null);
    entity.tell(decide(Verdict.answer(right)));
    assertThat(settled()).isEqualTo(Status.RESUMED);
    origin.expectMessageClass(Resumed.class);
  }

  static Stream<Arguments> unfitting() {
    return Stream.of(
        arguments(Verdict.toPool("nowhere"), Rejection.POOL),
        arguments(Verdict.changeName("a..b"), Rejection.NAME),
        arguments(Verdict.answer(new byte[] {1}), Rejection.MESSAGE),
        arguments(
            Verdict.answer(Answers.rcode(Queries.forName("wrong.example").wire(), 0, null)),
            Rejection.MESSAGE),
        arguments(Verdict.result(OperationResult.done(Map.of())), Rejection.RESULT));
  }

  /** A filter decides once: nothing better would come. */
  @ParameterizedTest
  @MethodSource("unfitting")
  void verdict_thatDoesNotFit_isRejectedWithItsReason_andTheTimeIsUp(
      Verdict verdict, Rejection why) {
    suspend();
    entity.tell(decide(verdict));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.TIMEOUT)));
    assertThat(rejection()).isEqualTo(why);
    gone();
    // The router has forgotten the request by what it was told of the verdict.
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void pool_thatThisNodeHas_isTaken() {
    suspend();
    entity.tell(decide(Verdict.toPool("internal")));
    assertThat(settled()).isEqualTo(Status.RESUMED);
  }

  @Test
  void result_endsTheWaitForAnOperation() {
    Verdict result = Verdict.result(OperationResult.done(Map.of("credit", 3L)));
    suspendForOperation();
    entity.tell(decide(result));
    origin.expectMessage(new Resumed(KEY, new Decided(result, false)));
    assertThat(settled()).isEqualTo(Status.RESUMED);
  }

  @Test
  void verdict_ofAFilter_forAQueryThatWaitsForAnOperation_isRejected_andTheTimeIsUp() {
    suspendForOperation();
    entity.tell(decide(Verdict.proceed()));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.TIMEOUT)));
    assertThat(rejection()).isEqualTo(Rejection.OPERATION);
  }

  @Test
  void verdict_ofAnOperator_decidesAQueryThatWaitsForAnOperation() {
    suspendForOperation();
    entity.tell(byOperator(Verdict.drop()));
    origin.expectMessage(new Resumed(KEY, new Decided(Verdict.drop(), true)));
    assertThat(settled()).isEqualTo(Status.RESUMED);
  }

  /** A policy may wait for a filter: {@code async(filter(NAME), ...)}. */
  @Test
  void verdict_ofAFilter_decidesAQueryWhosePolicyAskedForIt() {
    Continuation waiting = new Continuation(null, "decided", Map.of(), null, null, 0);
    suspend(state.query().withContinuation(waiting));
    entity.tell(decide(Verdict.drop()));
    origin.expectMessage(new Resumed(KEY, new Decided(Verdict.drop(), false)));
  }

  @Test
  void cancellation_endsItWithoutAWord() {
    suspend();
    entity.tell(new Cancel(KEY));
    router.expectMessage(new Ended(KEY));
    gone();
    origin.expectNoMessage(Duration.ZERO);
  }

  @Test
  void dispatcherThatGivesUp_resumesItsOrigin() {
    suspend();
    entity.tell(new GiveUp(KEY, Undecided.NO_FILTER));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.NO_FILTER)));
  }

  @Test
  void service_thatThisNodeDoesNotHave_isNoFilter() {
    ActorRef<SuspensionCommand> elsewhere =
        KIT.spawn(SuspendedQuery.create(KEY, shared(new FilterService(Queries.service(7)))));
    elsewhere.tell(new Suspend(state));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.NO_FILTER)));
  }

  @Test
  void handOver_sendsTheStateToItsOwnKey() {
    suspend();
    entity.tell(Local.STOP);
    region.expectMessage(new Suspend(state, true));
    router.expectMessage(new Ended(KEY));
    gone();
    origin.expectNoMessage(Duration.ZERO);
    assertThat(service.counters().get(SuspensionCounter.MOVED_OUT)).isEqualTo(1);
    assertThat(ended.contains(KEY)).isFalse();
  }

  @Test
  void suspend_thatComesFromAnotherHome_isCounted_andAsksAgain() {
    entity.tell(new Suspend(state, true));
    assertThat(router.expectMessageClass(Ask.class).state()).isSameAs(state);
    assertThat(service.counters().get(SuspensionCounter.MOVED_IN)).isEqualTo(1);
  }

  @Test
  void suspend_thatMeetsACopyOfItself_leavesItAsItIs() {
    suspend();
    entity.tell(new Suspend(state, true));
    origin.expectMessage(new SuspendRefused(KEY));
    entity.tell(decide(Verdict.proceed()));
    origin.expectMessage(new Resumed(KEY, new Decided(Verdict.proceed(), false)));
    assertThat(settled()).isEqualTo(Status.RESUMED);
  }

  @Test
  void suspend_thatItsCancellationHasOvertaken_ends() {
    entity.tell(new Cancel(KEY));
    gone();
    ActorRef<SuspensionCommand> next = startedByStray();
    next.tell(new Suspend(state, true));
    router.expectTerminated(next);
    router.expectNoMessage(Duration.ZERO);
    origin.expectNoMessage(Duration.ZERO);
  }

  @Test
  void suspend_afterItsDeadline_timesOutAtOnce() {
    entity.tell(new Suspend(Queries.suspended(KEY, state.query(), origin.getRef(), 0)));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.TIMEOUT)));
  }

  private void suspend() {
    entity.tell(new Suspend(state));
    router.expectMessageClass(Ask.class);
  }

  private void suspendForOperation() {
    suspend(state.query().withContinuation(Continuation.of(new Operation(Map.of("s", 1L)))));
  }

  private void suspend(Query query) {
    entity.tell(new Suspend(Queries.suspended(KEY, query, origin.getRef(), TIMEOUT.toNanos())));
    router.expectMessageClass(Ask.class);
  }

  private Decide decide(Verdict verdict) {
    return new Decide(KEY, verdict, instance.getRef(), router.getRef());
  }

  private Decide byOperator(Verdict verdict) {
    return new Decide(KEY, verdict, instance.getRef(), router.getRef(), true);
  }

  private Rejection rejection() {
    return router.expectMessageClass(Settled.class).result().rejection();
  }

  private Status settled() {
    return router.expectMessageClass(Settled.class).result().status();
  }

  private void gone() {
    router.expectTerminated(entity);
  }

  private ActorRef<SuspensionCommand> startedByStray() {
    return KIT.spawn(SuspendedQuery.create(KEY, shared(service)));
  }

  private SuspendedQuery.Shared shared(FilterService asked) {
    return new SuspendedQuery.Shared(
        KIT.system(),
        new FilterServices(List.of(asked)),
        new VerdictFit(Set.of("internal")),
        region.getRef()::tell,
        ended,
        early,
        () -> 0);
  }
}
