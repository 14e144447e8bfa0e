// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResults;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FilterInstanceActorTest {
  private static final int ASYNC_ID = 7;
  private static final int CREDITS = 1_000;
  private static final Duration TICK = FilterInstance.TICK;

  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime manual = ManualTime.get(kit.system());
  private final AtomicLong clockNs = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final FilterMetrics metrics = new FilterMetrics();
  private final Invalidations invalidations = new Invalidations();
  private final TestProbe<ToRouter> router = kit.createTestProbe();
  private final Map<Long, CompletableFuture<Verdict>> stages = new HashMap<>();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void instance_started_isFoundUnderItsKey() {
    TestProbe<Receptionist.Listing> listings = kit.createTestProbe();
    ActorRef<ToInstance> instance = spawn(proceeding());

    listings.awaitAssert(
        () -> {
          kit.system()
              .receptionist()
              .tell(Receptionist.find(FilterKeys.instances(ASYNC_ID), listings.ref()));
          Receptionist.Listing listing = listings.receiveMessage();
          assertThat(listing.getServiceInstances(FilterKeys.instances(ASYNC_ID)))
              .containsExactly(instance);
          return listing;
        });
  }

  @Test
  void attach_ofRouter_isAnsweredWithCredits() {
    ActorRef<ToInstance> instance = spawn(proceeding());

    instance.tell(new Attach(ASYNC_ID, router.ref()));

    router.expectMessage(new Grant(ASYNC_ID, instance, CREDITS));
  }

  @Test
  void attach_forAnotherService_isRefused() {
    ActorRef<ToInstance> instance = spawn(proceeding());

    instance.tell(new Attach(ASYNC_ID + 1, router.ref()));
    attach(instance, router);

    assertThat(metrics.refused()).isEqualTo(1);
  }

  @Test
  void attach_beyondTheBound_isRefused() {
    ActorRef<ToInstance> instance = spawn(proceeding());
    for (int i = 0; i < Outbox.MAX_ROUTERS; i++) {
      attach(instance, kit.createTestProbe());
    }

    instance.tell(new Attach(ASYNC_ID, router.ref()));
    await().until(() -> metrics.refused() == 1);
  }

  @Test
  void requests_decidedAtOnce_comeBackInOneBatch() {
    ActorRef<ToInstance> instance = attached(proceeding());

    instance.tell(requests(0, 1, 2, 3));

    Resumes resumes = resumes();
    assertThat(resumes)
        .isEqualTo(
            new Resumes(
                instance,
                3,
                List.of(
                    resume(1, Verdict.proceed()),
                    resume(2, Verdict.proceed()),
                    resume(3, Verdict.proceed()))));
    assertThat(metrics.decided()).isEqualTo(3);
  }

  @Test
  void requests_ofABurst_comeBackInBatchesOfBoundedLength() {
    ActorRef<ToInstance> instance = attached(proceeding());

    instance.tell(requests(0, numbers(0, 300)));

    List<Integer> sizes = new ArrayList<>();
    int credits = 0;
    for (int received = 0; received < 300; ) {
      Resumes resumes = resumes();
      sizes.add(resumes.resumes().size());
      received += resumes.resumes().size();
      credits += resumes.credits();
    }
    assertThat(sizes).containsExactly(Link.MAX_BATCH, Link.MAX_BATCH, 300 - 2 * Link.MAX_BATCH);
    assertThat(credits).isEqualTo(300);
  }

  @Test
  void requests_withLargeAnswers_comeBackInBatchesOfBoundedBytes() {
    Verdict large = Verdict.answer(new byte[40_000]);
    ActorRef<ToInstance> instance = attached(request -> completed(large));

    instance.tell(requests(0, 1, 2, 3));

    for (int i = 0; i < 3; i++) {
      assertThat(resumes().resumes()).hasSize(1);
    }
  }

  @Test
  void stage_completedByAnotherThread_isSentThen() {
    ActorRef<ToInstance> instance = attached(slow());
    instance.tell(requests(0, 1, 2));
    stage(2).completeAsync(() -> Verdict.rcode(3));

    assertThat(resumes()).isEqualTo(new Resumes(instance, 1, List.of(resume(2, Verdict.rcode(3)))));

    stage(1).complete(Verdict.drop());
    assertThat(resumes()).isEqualTo(new Resumes(instance, 1, List.of(resume(1, Verdict.drop()))));
  }

  @Test
  void requests_beyondTheCredits_areRefused() {
    ActorRef<ToInstance> instance = attached(slow());

    instance.tell(requests(0, numbers(0, CREDITS)));
    instance.tell(requests(CREDITS, CREDITS, CREDITS + 1));

    await().until(() -> metrics.refused() == 2);
    assertThat(metrics.requested()).isEqualTo(CREDITS);
    stage(0).complete(Verdict.drop());
    assertThat(resumes().credits()).isEqualTo(1);
  }

  @Test
  void requests_ofARouterThatIsNotAttached_areRefused_andItIsTold() {
    ActorRef<ToInstance> instance = spawn(proceeding());

    instance.tell(requests(0, 1, 2));

    router.expectMessage(new Grant(ASYNC_ID, instance, 0));
    assertThat(metrics.refused()).isEqualTo(2);
    assertThat(metrics.requested()).isZero();
  }

  @Test
  void requests_lostOnTheWay_giveTheirCreditsBack() {
    ActorRef<ToInstance> instance = attached(proceeding());

    instance.tell(requests(0, 1));
    assertThat(resumes().credits()).isEqualTo(1);
    instance.tell(requests(11, 2));

    assertThat(resumes().credits()).isEqualTo(11);
    assertThat(metrics.lost()).isEqualTo(10);
  }

  @Test
  void requests_withAnAbsurdGap_giveBackNoMoreThanWasGranted() {
    ActorRef<ToInstance> instance = attached(slow());

    instance.tell(requests(Long.MAX_VALUE - 1, 1));

    assertThat(resumes()).isEqualTo(new Resumes(instance, CREDITS, List.of()));
  }

  @Test
  void attach_repeated_startsTheCountingAnew() {
    ActorRef<ToInstance> instance = attached(slow());
    instance.tell(requests(0, 1));
    attach(instance, router);
    instance.tell(requests(0, 2));

    stage(1).complete(Verdict.drop());
    assertThat(resumes()).isEqualTo(new Resumes(instance, 0, List.of(resume(1, Verdict.drop()))));
    stage(2).complete(Verdict.drop());
    assertThat(resumes().credits()).isEqualTo(1);
    assertThat(metrics.lost()).isZero();
  }

  @Test
  void filter_thatThrows_givesTheCreditBackAndIsUndecided() {
    expectUndecided(
        request -> {
          throw new IllegalStateException("broken");
        });
  }

  @Test
  void filter_thatGivesNoStage_givesTheCreditBackAndIsUndecided() {
    expectUndecided(request -> null);
  }

  @Test
  void filter_whoseStageHasFailed_givesTheCreditBackAndIsUndecided() {
    expectUndecided(request -> CompletableFuture.failedFuture(new IllegalStateException("broken")));
  }

  @Test
  void filter_whoseStageGivesNull_givesTheCreditBackAndIsUndecided() {
    expectUndecided(request -> CompletableFuture.completedFuture(null));
  }

  @Test
  void filter_whoseStageFailsLater_givesTheCreditBackAndIsUndecided() {
    expectUndecided(
        request ->
            CompletableFuture.supplyAsync(
                () -> {
                  throw new IllegalStateException("broken");
                }));
  }

  @Test
  void verdict_afterTheDeadline_isNotSent() {
    ActorRef<ToInstance> instance = attached(slow());
    instance.tell(requests(0, 1));
    stage(1);
    clockNs.addAndGet(Duration.ofMillis(500).toNanos());
    stage(1).complete(Verdict.drop());

    await().until(() -> metrics.late() == 1);
    pass(instance, TICK);
    assertThat(resumes()).isEqualTo(new Resumes(instance, 1, List.of()));
    assertThat(metrics.decided()).isZero();
  }

  @Test
  void verdict_notAcknowledged_isRepeatedUntilTheDeadline() {
    ActorRef<ToInstance> instance = attached(proceeding());
    instance.tell(requests(0, 1));
    assertThat(resumes().credits()).isEqualTo(1);

    for (int i = 1; i <= 4; i++) {
      pass(instance, Outbox.REPEAT.minus(TICK));
      router.expectNoMessage(Duration.ZERO);
      pass(instance, TICK);
      assertThat(resumes())
          .isEqualTo(new Resumes(instance, 0, List.of(resume(1, Verdict.proceed()))));
    }
    pass(instance, Outbox.REPEAT);
    await().until(() -> metrics.unacknowledged() == 1);
    pass(instance, Outbox.REPEAT.multipliedBy(3));
    router.expectNoMessage(Duration.ZERO);
    assertThat(metrics.repeated()).isEqualTo(4);
  }

  @Test
  void verdict_acknowledged_isNotRepeatedAndCounted() {
    ActorRef<ToInstance> instance = attached(proceeding());
    instance.tell(requests(0, 1, 2, 3, 4));
    resumes();

    instance.tell(
        new ResumeResults(
            List.of(
                new ResumeResult(key(1), ResumeResult.Status.RESUMED),
                new ResumeResult(key(2), ResumeResult.Status.ENDED),
                new ResumeResult(key(3), ResumeResult.Status.UNKNOWN),
                new ResumeResult(key(4), ResumeResult.Status.REJECTED),
                new ResumeResult(key(4), ResumeResult.Status.RESUMED),
                new ResumeResult(key(5), ResumeResult.Status.RESUMED))));

    await().until(() -> metrics.rejected() == 1);
    pass(instance, Outbox.REPEAT.multipliedBy(3));
    router.expectNoMessage(Duration.ZERO);
    assertThat(metrics.resumed()).isEqualTo(1);
    assertThat(metrics.ended()).isEqualTo(1);
    assertThat(metrics.unknown()).isEqualTo(1);
    assertThat(metrics.repeated()).isZero();
  }

  @Test
  void verdict_notAcknowledged_goesToEachRouterInTurn() {
    ActorRef<ToInstance> instance = attached(proceeding());
    TestProbe<ToRouter> other = kit.createTestProbe();
    attach(instance, other);
    instance.tell(requests(0, 1));
    resumes();

    pass(instance, Outbox.REPEAT);
    assertThat(other.expectMessageClass(Resumes.class).resumes()).hasSize(1);
    pass(instance, Outbox.REPEAT);
    assertThat(resumes().resumes()).hasSize(1);
    pass(instance, Outbox.REPEAT);
    assertThat(other.expectMessageClass(Resumes.class).credits()).isZero();
  }

  @Test
  void verdict_whoseAskerIsGone_goesToAnotherRouter() {
    ActorRef<ToInstance> instance = attached(slow());
    TestProbe<ToRouter> other = kit.createTestProbe();
    attach(instance, other);
    instance.tell(requests(0, 1));
    stage(1);
    router.stop();
    // Its requests are refused from when the instance knows that it is gone.
    await()
        .until(
            () -> {
              long before = metrics.refused();
              instance.tell(requests(1, 99));
              settle(instance);
              return metrics.refused() == before + 2;
            });

    stage(1).complete(Verdict.drop());

    assertThat(other.expectMessageClass(Resumes.class).resumes())
        .containsExactly(resume(1, Verdict.drop()));
  }

  @Test
  void leave_withNothingUnderWay_stops() {
    ActorRef<ToInstance> instance = attached(proceeding());

    instance.tell(FilterInstance.leave());

    router.expectTerminated(instance);
  }

  @Test
  void leave_withAStageUnderWay_waitsForItsVerdict() {
    ActorRef<ToInstance> instance = attached(slow());
    instance.tell(requests(0, 1));
    stage(1);
    instance.tell(FilterInstance.leave());
    stage(1).complete(Verdict.drop());

    assertThat(resumes().resumes()).containsExactly(resume(1, Verdict.drop()));
    instance.tell(
        new ResumeResults(List.of(new ResumeResult(key(1), ResumeResult.Status.RESUMED))));
    router.expectTerminated(instance);
  }

  @Test
  void leave_withAStageThatNeverEnds_stopsAllTheSame() {
    ActorRef<ToInstance> instance = attached(slow());
    instance.tell(requests(0, 1));
    instance.tell(FilterInstance.leave());
    settle(instance);

    manual.timePasses(FilterInstance.LEAVE);

    router.expectTerminated(instance);
  }

  private void expectUndecided(Filter filter) {
    ActorRef<ToInstance> instance = attached(filter);

    instance.tell(requests(0, 1));

    assertThat(resumes())
        .isEqualTo(new Resumes(instance, 1, List.of(resume(1, Verdict.undecided()))));
    assertThat(metrics.failed()).isEqualTo(1);
    assertThat(metrics.decided()).isZero();
    pass(instance, Outbox.REPEAT.multipliedBy(2));
    router.expectNoMessage(Duration.ZERO);
  }

  /** The instance has handled what was sent before when this returns. */
  private void settle(ActorRef<ToInstance> instance) {
    long before = metrics.refused();
    instance.tell(new Attach(ASYNC_ID + 1, router.ref()));
    await().pollInterval(Duration.ofMillis(1)).until(() -> metrics.refused() > before);
  }

  /** Lets time pass tick by tick; the instance has handled each before the next. */
  private void pass(ActorRef<ToInstance> instance, Duration time) {
    settle(instance);
    for (long left = time.toMillis(); left > 0; left -= TICK.toMillis()) {
      clockNs.addAndGet(TICK.toNanos());
      manual.timePasses(TICK);
      settle(instance);
    }
  }

  @Test
  void invalidation_goesToAllRouters_andAgainUntilOneHasConfirmed() {
    ActorRef<ToInstance> instance = attached(proceeding());
    TestProbe<ToRouter> second = kit.createTestProbe();
    attach(instance, second);

    invalidations.invalidateSubtree("www.example");

    Invalidate first = invalidate(router);
    assertThat(first)
        .isEqualTo(new Invalidate(ASYNC_ID, instance, first.id(), "www.example", true));
    assertThat(invalidate(second)).isEqualTo(first);
    pass(instance, Outbox.REPEAT);
    assertThat(invalidate(router)).isEqualTo(first);
    instance.tell(new Invalidated(first.id()));
    pass(instance, Outbox.REPEAT.multipliedBy(2));
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void invalidation_withNobodyThere_waitsForTheFirstRouter() {
    ActorRef<ToInstance> instance = spawn(proceeding());
    invalidations.invalidate("www.example");
    settle(instance);

    attach(instance, router);

    assertThat(invalidate(router).name()).isEqualTo("www.example");
  }

  @Test
  void invalidations_thatAreVeryMany_becomeOneOfAllNames() {
    for (int i = 0; i <= Invalidations.MAX; i++) {
      invalidations.invalidate("n" + i + ".example");
    }
    ActorRef<ToInstance> instance = spawn(proceeding());

    attach(instance, router);

    assertThat(invalidate(router).name()).isEmpty();
    settle(instance);
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void invalidation_ofWhatCanBeNoName_isRefusedAtOnce() {
    assertThatIllegalArgumentException().isThrownBy(() -> invalidations.invalidate(""));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> invalidations.invalidateSubtree("a".repeat(1025)));
    assertThat(invalidations.isEmpty()).isTrue();
  }

  @Test
  void filter_isGivenWhatInvalidates_beforeTheFirstRequest() {
    AtomicReference<Invalidator> given = new AtomicReference<>();
    Filter filter =
        new Filter() {
          @Override
          public CompletionStage<Verdict> decide(FilterRequest request) {
            return CompletableFuture.completedFuture(Verdict.proceed());
          }

          @Override
          public void start(Invalidator invalidator) {
            given.set(invalidator);
          }
        };
    attached(filter);

    given.get().invalidateAll();

    assertThat(invalidate(router).name()).isEmpty();
  }

  private static Invalidate invalidate(TestProbe<ToRouter> probe) {
    return probe.expectMessageClass(Invalidate.class);
  }

  private ActorRef<ToInstance> spawn(Filter filter) {
    return kit.spawn(
        FilterInstance.create(ASYNC_ID, filter, CREDITS, metrics, invalidations, clockNs::get));
  }

  private ActorRef<ToInstance> attached(Filter filter) {
    ActorRef<ToInstance> instance = spawn(filter);
    attach(instance, router);
    return instance;
  }

  private static void attach(ActorRef<ToInstance> instance, TestProbe<ToRouter> router) {
    instance.tell(new Attach(ASYNC_ID, router.ref()));
    router.expectMessage(new Grant(ASYNC_ID, instance, CREDITS));
  }

  private Resumes resumes() {
    return router.expectMessageClass(Resumes.class);
  }

  private static Filter proceeding() {
    return request -> completed(Verdict.proceed());
  }

  private static CompletionStage<Verdict> completed(Verdict verdict) {
    return CompletableFuture.completedFuture(verdict);
  }

  private Filter slow() {
    return request -> {
      synchronized (stages) {
        return stages.computeIfAbsent(request.key().queryId(), number -> new CompletableFuture<>());
      }
    };
  }

  /** The stage for that request, once it was asked for. */
  private CompletableFuture<Verdict> stage(long number) {
    return router.awaitAssert(
        () -> {
          synchronized (stages) {
            assertThat(stages).containsKey(number);
            return stages.get(number);
          }
        });
  }

  private FilterRequests requests(long sequence, long... numbers) {
    List<FilterRequest> requests = new ArrayList<>();
    for (long number : numbers) {
      requests.add(
          new FilterRequest(
              key(number),
              Stage.QUERY,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 53_000),
              Transport.UDP,
              Map.of(),
              new byte[12],
              500_000));
    }
    return new FilterRequests(router.ref(), sequence, requests);
  }

  private static long[] numbers(int from, int count) {
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = from + i;
    }
    return numbers;
  }

  private static Resume resume(long number, Verdict verdict) {
    return new Resume(key(number), verdict);
  }

  private static SuspensionKey key(long number) {
    return new SuspensionKey(ASYNC_ID, number);
  }
}
