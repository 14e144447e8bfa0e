// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

import io.anteroom.protocol.Attach;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Rejection;
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
import java.io.IOError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a filter's failures cost, and what its author hears of them. */
final class FilterFailureActorTest {
  private static final int ASYNC_ID = 7;
  private static final int CREDITS = 2;
  private static final Duration WAITS = Duration.ofSeconds(1);

  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime manual = ManualTime.get(kit.system());
  private final AtomicLong clockNs = new AtomicLong();
  private final FilterMetrics metrics = new FilterMetrics();
  private final TestProbe<ToRouter> router = kit.createTestProbe();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  static Stream<Throwable> throwables() {
    return Stream.of(
        new OutOfMemoryError("one array too large"),
        new StackOverflowError(),
        new ServiceConfigurationError("no driver"),
        new IOError(new IOException("disk")),
        new NoClassDefFoundError("Missing"),
        new Error("to do"),
        new IllegalStateException("broken"));
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void filter_thatThrows_isUndecidedAtOnce_andGoesOn(Throwable thrown) {
    ActorRef<ToInstance> instance = attached(request -> throwFor(request, 1, thrown));

    instance.tell(request(0, 1));
    assertThat(resumes())
        .isEqualTo(new Resumes(instance, 1, List.of(new Resume(key(1), Verdict.undecided()))));
    instance.tell(request(1, 2));
    assertThat(resumes().resumes()).containsExactly(new Resume(key(2), Verdict.drop()));
    assertThat(metrics.failed()).isEqualTo(1);
  }

  @Test
  void filter_thatIsUndecided_saysSoAtOnce_andOnce() {
    ActorRef<ToInstance> instance =
        attached(
            request -> CompletableFuture.completedFuture(Verdict.undecided().withTag("a", "b")));

    instance.tell(request(0, 1));

    assertThat(resumes().resumes()).containsExactly(new Resume(key(1), Verdict.undecided()));
    assertThat(metrics.undecided()).isEqualTo(1);
    pass(instance, Outbox.REPEAT.multipliedBy(2));
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void stage_thatNeverCompletes_givesItsCreditBackAfterTheDeadline() {
    CompletableFuture<Verdict> stage = new CompletableFuture<>();
    ActorRef<ToInstance> instance = attached(request -> stage);
    instance.tell(request(0, 1));
    instance.tell(request(1, 2));

    pass(instance, WAITS.minus(FilterInstance.SWEEP));
    router.expectNoMessage(Duration.ZERO);
    pass(instance, FilterInstance.SWEEP.multipliedBy(2));

    assertThat(resumes()).isEqualTo(new Resumes(instance, 2, List.of()));
    assertThat(metrics.late()).isEqualTo(2);
    assertThat(stage).as("it may be shared").isNotDone();
    stage.complete(Verdict.drop());
    settle(instance);
    pass(instance, FilterInstance.TICK);
    router.expectNoMessage(Duration.ZERO);
    assertThat(metrics.late()).isEqualTo(2);
    assertThat(metrics.decided()).isZero();
  }

  @Test
  void verdict_thatIsRejected_isToldToTheFilterWithItsReason() {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    ActorRef<ToInstance> instance =
        attached(
            new Filter() {
              @Override
              public CompletionStage<Verdict> decide(FilterRequest request) {
                return CompletableFuture.completedFuture(Verdict.toPool("nosuch"));
              }

              @Override
              public void rejected(
                  FilterRequest request, Verdict verdict, @Nullable Rejection why) {
                heard.add(
                    request.key()
                        + " "
                        + ((Decision.ToPool) verdict.decision()).pool()
                        + " "
                        + why);
                throw new IllegalStateException("not the instance's end");
              }
            });
    instance.tell(request(0, 1));
    resumes();

    instance.tell(new ResumeResults(List.of(ResumeResult.rejected(key(1), Rejection.POOL))));

    await().until(() -> metrics.rejected() == 1);
    assertThat(heard).containsExactly(key(1) + " nosuch POOL");
    settle(instance);
  }

  @Test
  void filter_thatFailsToStart_isStartedAgainAfterAPause() {
    AtomicInteger starts = new AtomicInteger();
    ActorRef<ToInstance> instance =
        spawn(
            startingWith(
                () -> {
                  switch (starts.incrementAndGet()) {
                    case 1 -> throw new IllegalStateException("no list yet");
                    case 2 -> throw new OutOfMemoryError("no list yet");
                    default -> {}
                  }
                }));
    await().until(() -> starts.get() == 1);
    assertThat(listed()).isEmpty();

    manual.timePasses(Duration.ofMillis(500));
    await().until(() -> starts.get() == 2);
    manual.timePasses(Duration.ofSeconds(1));
    await().until(() -> starts.get() == 3);

    await().until(() -> listed().contains(instance));
    attach(instance);
  }

  @Test
  void instance_thatFails_isUnknownToNodesUntilItIsThereAgain() {
    AtomicInteger starts = new AtomicInteger();
    ActorRef<ToInstance> instance = attached(startingWith(starts::incrementAndGet));
    await().until(() -> listed().contains(instance));

    instance.tell(new FilterRequests(router.ref(), 0, Collections.singletonList(null)));

    await().until(() -> listed().isEmpty());
    manual.timePasses(Duration.ofMillis(500));
    await().until(() -> listed().contains(instance));
    assertThat(starts).hasValue(2);
    attach(instance);
    instance.tell(request(0, 1));
    assertThat(resumes().resumes()).hasSize(1);
  }

  @Test
  void filter_thatIsNull_isRefusedAtOnce() {
    assertThatNullPointerException()
        .isThrownBy(() -> FilterInstance.create(ASYNC_ID, null))
        .withMessage("filter");
    assertThatNullPointerException()
        .isThrownBy(() -> FilterMember.start(FilterMemberSettings.of(7, "127.0.0.1:1"), null))
        .withMessage("filter");
  }

  @Test
  void batch_ofVerdictsWithLongTexts_staysBelowAFrame() {
    String text = "€".repeat(255);
    Verdict large = Verdict.drop();
    for (int i = 0; i < 32; i++) {
      large = large.withTag(i + text.substring(2), text);
    }
    Link link = new Link(router.ref(), 10);
    link.add(new Resume(key(1), large));

    assertThat(link.hasRoom(new Resume(key(2), large))).isFalse();
  }

  private static CompletionStage<Verdict> throwFor(
      FilterRequest request, long number, Throwable thrown) {
    if (request.key().queryId() == number) {
      throw FilterFailureActorTest.<RuntimeException>unchecked(thrown);
    }
    return CompletableFuture.completedFuture(Verdict.drop());
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E unchecked(Throwable thrown) throws E {
    throw (E) thrown;
  }

  private static Filter startingWith(Runnable start) {
    return new Filter() {
      @Override
      public CompletionStage<Verdict> decide(FilterRequest request) {
        return CompletableFuture.completedFuture(Verdict.drop());
      }

      @Override
      public void start(Invalidator invalidator) {
        start.run();
      }
    };
  }

  private Set<ActorRef<ToInstance>> listed() {
    TestProbe<Receptionist.Listing> listings = kit.createTestProbe();
    kit.system()
        .receptionist()
        .tell(Receptionist.find(FilterKeys.instances(ASYNC_ID), listings.ref()));
    return listings.receiveMessage().getServiceInstances(FilterKeys.instances(ASYNC_ID));
  }

  private ActorRef<ToInstance> spawn(Filter filter) {
    return kit.spawn(
        FilterInstance.create(
            ASYNC_ID, filter, CREDITS, metrics, new Invalidations(), clockNs::get));
  }

  private ActorRef<ToInstance> attached(Filter filter) {
    ActorRef<ToInstance> instance = spawn(filter);
    attach(instance);
    return instance;
  }

  private void attach(ActorRef<ToInstance> instance) {
    instance.tell(new Attach(ASYNC_ID, router.ref()));
    router.expectMessage(new Grant(ASYNC_ID, instance, CREDITS));
  }

  private Resumes resumes() {
    return router.expectMessageClass(Resumes.class);
  }

  /** The instance has handled what was sent before when this returns. */
  private void settle(ActorRef<ToInstance> instance) {
    long before = metrics.refused();
    instance.tell(new Attach(ASYNC_ID + 1, router.ref()));
    await().pollInterval(Duration.ofMillis(1)).until(() -> metrics.refused() > before);
  }

  private void pass(ActorRef<ToInstance> instance, Duration time) {
    settle(instance);
    for (long left = time.toMillis(); left > 0; left -= FilterInstance.TICK.toMillis()) {
      clockNs.addAndGet(FilterInstance.TICK.toNanos());
      manual.timePasses(FilterInstance.TICK);
      settle(instance);
    }
  }

  private FilterRequests request(long sequence, long number) {
    FilterRequest request =
        new FilterRequest(
            key(number),
            Stage.QUERY,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 53_000),
            Transport.UDP,
            Map.of(),
            new byte[12],
            WAITS.toNanos() / 1_000);
    return new FilterRequests(router.ref(), sequence, List.of(request));
  }

  private static SuspensionKey key(long number) {
    return new SuspensionKey(ASYNC_ID, number);
  }
}
