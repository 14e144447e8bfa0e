// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.anteroom.node.cache.Purge;
import io.anteroom.node.cache.Purger;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.filter.FilterRouter.Connection;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Ended;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Peek;
import io.anteroom.node.flow.Peek.Peeked;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.GiveUp;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.testing.Queries;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Invalidate;
import io.anteroom.protocol.Invalidated;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.ResumeResults;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class FilterRouterActorTest {
  private static final int ASYNC_ID = 7;
  private static final int MAX_QUEUED = 3;

  private final ActorTestKit kit = ActorTestKit.create();
  private final FilterService service =
      new FilterService(
          new FilterSettings(
              "guard",
              ASYNC_ID,
              Duration.ofSeconds(1),
              Policy.CONTINUE,
              Policy.CONTINUE,
              Policy.CONTINUE,
              100,
              100,
              MAX_QUEUED));
  private final TestProbe<SuspensionCommand> entity = kit.createTestProbe();
  private final TestProbe<SuspensionCommand> region = kit.createTestProbe();
  private final TestProbe<OriginCommand> origin = kit.createTestProbe();
  private final TestProbe<Purger.Command> purger = kit.createTestProbe();
  private final EndedKeys ended = new EndedKeys();
  private final ServiceView view = service.view();
  private final ActorRef<ToRouter> router =
      kit.spawn(
          FilterRouter.create(
              service,
              view,
              region.getRef()::tell,
              ended,
              new Strays(),
              purger.getRef()::tell,
              () -> 0));

  @AfterEach
  void shutdown() {
    kit.shutdownTestKit();
  }

  @Test
  void withoutInstance_givesUpAtOnce() {
    ask(1);
    entity.expectMessage(new GiveUp(key(1), Undecided.NO_FILTER));
  }

  @Test
  void instance_isAttachedTo_andGetsRequestsOnceItHasGranted() {
    TestProbe<ToInstance> instance = instance(10);
    ask(1);
    FilterRequests requests = instance.expectMessageClass(FilterRequests.class);
    assertThat(requests.sequence()).isZero();
    assertThat(requests.requests()).extracting(FilterRequest::key).containsExactly(key(1));
    assertThat(requests.requests().get(0).remainingMicros()).isEqualTo(1_000_000);
  }

  @Test
  void requests_areCountedOn_soThatALossShows() {
    TestProbe<ToInstance> instance = instance(10);
    ask(1);
    instance.expectMessageClass(FilterRequests.class);
    ask(2);
    assertThat(instance.expectMessageClass(FilterRequests.class).sequence()).isEqualTo(1);
  }

  @Test
  void withoutCredit_requestsWait_andThoseAboveTheBoundAreOverload() {
    TestProbe<ToInstance> instance = instance(1);
    for (int i = 1; i <= 1 + MAX_QUEUED + 1; i++) {
      ask(i);
    }
    assertThat(keys(instance, 1)).containsExactly(key(1));
    entity.expectMessage(new GiveUp(key(MAX_QUEUED + 2), Undecided.OVERLOAD));
    instance.expectNoMessage(Duration.ofMillis(50));
    router.tell(new Resumes(instance.getRef(), 2, List.of()));
    assertThat(keys(instance, 1)).containsExactly(key(2));
  }

  @Test
  void request_thatEndsWhileItWaits_makesRoom_andIsNotSent() {
    TestProbe<ToInstance> instance = instance(1);
    for (int i = 1; i <= 1 + MAX_QUEUED; i++) {
      ask(i);
    }
    keys(instance, 1);
    router.tell(new Ended(key(2)));
    ask(50);
    entity.expectNoMessage(Duration.ofMillis(50));
    router.tell(new Resumes(instance.getRef(), 1, List.of()));
    assertThat(keys(instance, 1)).containsExactly(key(3));
  }

  @Test
  void verdict_goesToItsEntity_andWhatBecameOfItBackToTheInstance() {
    TestProbe<ToInstance> instance = instance(10);
    ask(1);
    keys(instance, 1);
    resume(instance, 1);
    Decide decide = entity.expectMessageClass(Decide.class);
    assertThat(decide.key()).isEqualTo(key(1));
    router.tell(new Settled(new ResumeResult(key(1), Status.RESUMED), decide.instance()));
    assertThat(status(instance)).isEqualTo(Status.RESUMED);
  }

  @Test
  void instance_thatIsSaidToHaveGone_andIsListed_isAttachedToAgain() {
    TestProbe<ToInstance> instance = instance(10);

    router.tell(new FilterRouter.Gone(instance.getRef()));

    instance.expectMessageClass(Attach.class);
    router.tell(new Grant(ASYNC_ID, instance.getRef(), 10));
    ask(1);
    assertThat(keys(instance, 1)).containsExactly(key(1));
  }

  @Test
  void peek_listsTheOldestOfItsOwn_andCountsAllOfThem() {
    TestProbe<ToInstance> instance = instance(100);
    for (int i = 1; i <= 9; i++) {
      ask(i, i % 3 == 1);
    }
    keys(instance, 9);
    router.tell(new Ended(key(1)));
    router.tell(new Ended(key(2)));
    TestProbe<Peeked> operator = kit.createTestProbe();

    router.tell(new Peek(2, operator.getRef()));

    Peeked peeked = operator.expectMessageClass(Peeked.class);
    assertThat(peeked.total()).isEqualTo(5);
    assertThat(peeked.waiting()).extracting(w -> w.state().key()).containsExactly(key(3), key(5));
  }

  @Test
  void peek_behindManyRequestsOfGroups_listsItsOwn() {
    instance(20_000);
    for (int i = 1; i <= 15_000; i++) {
      ask(i, true);
    }
    ask(15_001);
    TestProbe<Peeked> operator = kit.createTestProbe();

    router.tell(new Peek(1, operator.getRef()));

    Peeked peeked = operator.receiveMessage(Duration.ofSeconds(20));
    assertThat(peeked.total()).isEqualTo(1);
    assertThat(peeked.waiting()).extracting(w -> w.state().key()).containsExactly(key(15_001));
  }

  @Test
  void verdict_forAQueryOfAnotherNode_goesThroughTheRegion() {
    TestProbe<ToInstance> instance = instance(10);
    resume(instance, 99);
    assertThat(region.expectMessageClass(Decide.class).key()).isEqualTo(key(99));
  }

  @Test
  void verdict_forAKeyThatEndedHere_isLate_andStartsNoEntity() {
    TestProbe<ToInstance> instance = instance(10);
    ended.add(key(5));
    resume(instance, 5);
    assertThat(status(instance)).isEqualTo(Status.ENDED);
    region.expectNoMessage(Duration.ZERO);
    assertThat(service.counters().get(SuspensionCounter.VERDICTS_LATE)).isEqualTo(1);
  }

  @Test
  void verdict_ofAStranger_isRejected() {
    instance(10);
    ask(1);
    TestProbe<ToInstance> stranger = kit.createTestProbe();
    resume(stranger, 1);
    assertThat(status(stranger)).isEqualTo(Status.REJECTED);
    entity.expectNoMessage(Duration.ZERO);
    assertThat(service.counters().get(SuspensionCounter.VERDICTS_REJECTED)).isEqualTo(1);
    assertThat(service.counters().get(SuspensionCounter.VERDICTS_REJECTED_STRANGER)).isEqualTo(1);
  }

  @Test
  void request_thatIsUndecided_isGivenUpAtOnce_andItsCreditServesTheNext() {
    TestProbe<ToInstance> instance = instance(1);
    ask(1);
    ask(2);
    keys(instance, 1);
    undecided(instance, 1, 1);
    entity.expectMessage(new GiveUp(key(1), Undecided.TIMEOUT));
    assertThat(keys(instance, 1)).containsExactly(key(2));
    assertThat(service.counters().get(SuspensionCounter.VERDICTS_UNDECIDED)).isEqualTo(1);
  }

  @Test
  void request_thatIsUndecidedByAnInstanceThatHasItNoMore_waitsForTheOther() {
    TestProbe<ToInstance> first = instance(2);
    TestProbe<ToInstance> second = instance(1);
    ask(1);
    keys(first, 1);
    undecided(second, 0, 1);
    undecided(second, 0, 99);
    resume(first, 1);
    assertThat(entity.expectMessageClass(Decide.class).key()).isEqualTo(key(1));
    region.expectNoMessage(Duration.ZERO);
  }

  @Test
  void verdict_thatWasRejected_isForgotten_andItsReasonToldToTheInstance() {
    TestProbe<ToInstance> instance = instance(10);
    ask(1);
    keys(instance, 1);
    resume(instance, 1);
    Decide decide = entity.expectMessageClass(Decide.class);
    ResumeResult rejected = ResumeResult.rejected(key(1), Rejection.POOL);
    router.tell(new Settled(rejected, decide.instance()));
    assertThat(instance.expectMessageClass(ResumeResults.class).results())
        .containsExactly(rejected);
    assertThat(service.counters().get(SuspensionCounter.VERDICTS_REJECTED_POOL)).isEqualTo(1);
    // It would go to the entity if the request were still there.
    resume(instance, 1);
    assertThat(region.expectMessageClass(Decide.class).key()).isEqualTo(key(1));
  }

  @Test
  void verdict_forAnotherService_isRejected() {
    TestProbe<ToInstance> instance = instance(10);
    SuspensionKey foreign = new SuspensionKey(ASYNC_ID + 1, 5);
    router.tell(new Resumes(instance.getRef(), 0, List.of(new Resume(foreign, Verdict.proceed()))));
    assertThat(status(instance)).isEqualTo(Status.REJECTED);
    region.expectNoMessage(Duration.ZERO);
  }

  @Test
  void instance_thatDies_losesItsRequestsToAnother() {
    TestProbe<ToInstance> first = instance(10);
    ask(1);
    keys(first, 1);
    TestProbe<ToInstance> second = instance(5);
    first.stop();
    assertThat(keys(second, 1)).containsExactly(key(1));
    assertThat(service.counters().get(SuspensionCounter.REQUESTS_RESENT)).isEqualTo(1);
  }

  @Test
  void request_thatLostTwoInstances_isGivenUp() {
    TestProbe<ToInstance> first = instance(10);
    ask(1);
    keys(first, 1);
    TestProbe<ToInstance> second = instance(5);
    first.stop();
    keys(second, 1);
    instance(5);
    second.stop();
    entity.expectMessage(new GiveUp(key(1), Undecided.NO_FILTER));
  }

  /** By a logger of ours, which shows such lines where Pekko's do not. */
  @Test
  void instance_thatComesAndGoes_isLoggedOnceEach() {
    Logger logger = (Logger) LoggerFactory.getLogger(FilterRouter.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
    try {
      TestProbe<ToInstance> instance = instance(10);
      router.tell(new Grant(ASYNC_ID, instance.getRef(), 10));
      instance.stop();
      Awaitility.await().until(() -> !service.isAvailable());
    } finally {
      logger.setLevel(null);
      logger.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .satisfiesExactly(
            there -> assertThat(there).endsWith("is there, for 10 requests at once"),
            gone -> assertThat(gone).startsWith("filter guard: instance ").endsWith("has gone"));
  }

  @Test
  void lastInstance_thatDies_leavesNoFilter() {
    TestProbe<ToInstance> only = instance(1);
    ask(1);
    ask(2);
    keys(only, 1);
    only.stop();
    List<SuspensionCommand> given = entity.receiveSeveralMessages(2);
    assertThat(given)
        .containsExactlyInAnyOrder(
            new GiveUp(key(1), Undecided.NO_FILTER), new GiveUp(key(2), Undecided.NO_FILTER));
    assertThat(service.isAvailable()).isFalse();
  }

  @Test
  void instance_withoutGrant_isAttachedToAgain() {
    TestProbe<ToInstance> silent = kit.createTestProbe();
    register(silent);
    silent.expectMessageClass(Attach.class);
    silent.expectMessageClass(Attach.class);
  }

  @Test
  void instance_thatHasForgottenTheRouter_isAttachedToAgain_andGetsItsRequestsOnceMore() {
    TestProbe<ToInstance> instance = instance(10);
    ask(1);
    keys(instance, 1);

    router.tell(new Grant(ASYNC_ID, instance.getRef(), 0));

    assertThat(instance.expectMessageClass(Attach.class).router()).isEqualTo(router);
    ask(2);
    instance.expectNoMessage(Duration.ofMillis(50));
    router.tell(new Grant(ASYNC_ID, instance.getRef(), 10));
    FilterRequests again = instance.expectMessageClass(FilterRequests.class);
    assertThat(again.sequence()).isZero();
    assertThat(again.requests()).extracting(FilterRequest::key).containsExactly(key(1), key(2));
    entity.expectNoMessage(Duration.ZERO);
    assertThat(service.counters().get(SuspensionCounter.REQUESTS_RESENT)).isEqualTo(1);
  }

  @Test
  void instance_thatOwesCredits_isProbed() {
    TestProbe<ToInstance> instance = instance(1);
    ask(1);
    keys(instance, 1);
    FilterRequests probe = instance.expectMessageClass(FilterRequests.class);
    assertThat(probe.requests()).isEmpty();
    assertThat(probe.sequence()).isEqualTo(1);
  }

  @Test
  void connector_isAnInstance_thoughNobodyListsIt() {
    TestProbe<ToInstance> connector = connector();
    TestProbe<ToInstance> listed = kit.createTestProbe();
    register(listed);
    listed.expectMessageClass(Attach.class);
    ask(1);
    assertThat(keys(connector, 1)).containsExactly(key(1));
  }

  @Test
  void verdicts_aboutQueriesThatDidNotAsk_areLookedIntoUpToALimit_andOwnOnesAlways() {
    TestProbe<ToInstance> instance = instance(10);
    ask(1);
    keys(instance, 1);
    List<Resume> strays = new ArrayList<>();
    for (int i = 0; i < StrayLimit.BURST + 500; i++) {
      strays.add(new Resume(key(1_000_000 + i), Verdict.proceed()));
    }

    router.tell(new Resumes(instance.getRef(), 0, strays));
    resume(instance, 1);

    assertThat(entity.expectMessageClass(Decide.class).key()).isEqualTo(key(1));
    assertThat(region.receiveSeveralMessages(StrayLimit.BURST)).hasSize(StrayLimit.BURST);
    region.expectNoMessage(Duration.ZERO);
    assertThat(service.counters().get(SuspensionCounter.VERDICTS_FLOOD)).isEqualTo(500);
  }

  @Test
  void verdicts_aboutQueriesThatDidNotAsk_haveOneLimit_forAllInstancesOfAMember() {
    TestProbe<ToInstance> one = instance(10);
    TestProbe<ToInstance> other = instance(10);

    for (TestProbe<ToInstance> instance : List.of(one, other)) {
      List<Resume> strays = new ArrayList<>();
      for (int i = 0; i < StrayLimit.BURST; i++) {
        strays.add(new Resume(key(1_000_000 + i), Verdict.proceed()));
      }
      router.tell(new Resumes(instance.getRef(), 0, strays));
    }

    assertThat(region.receiveSeveralMessages(StrayLimit.BURST)).hasSize(StrayLimit.BURST);
    region.expectNoMessage(Duration.ofMillis(50));
    assertThat(service.counters().get(SuspensionCounter.VERDICTS_FLOOD))
        .isEqualTo(StrayLimit.BURST);
  }

  @Test
  void connectorWithoutItsFilter_getsNothing_andWhatWaitsForCreditIsGivenUp() {
    TestProbe<ToInstance> connector = connector();
    ask(1);
    ask(2);
    ask(3);
    assertThat(keys(connector, 2)).containsExactly(key(1), key(2));
    router.tell(new Connection(connector.getRef(), false, 2, 2));
    entity.expectMessage(new GiveUp(key(3), Undecided.NO_FILTER));
    assertThat(service.isAvailable()).isFalse();
    ask(4);
    entity.expectMessage(new GiveUp(key(4), Undecided.NO_FILTER));
  }

  @Test
  void connectorWithoutItsFilter_mayStillDecideWhatItWasSent() {
    TestProbe<ToInstance> connector = connector();
    ask(1);
    keys(connector, 1);
    router.tell(new Connection(connector.getRef(), false, 2, 2));
    resume(connector, 1);
    assertThat(entity.expectMessageClass(Decide.class).key()).isEqualTo(key(1));
  }

  @Test
  void connectorWithItsFilterBack_hasTheCreditsItWouldHave() {
    TestProbe<ToInstance> connector = connector();
    ask(1);
    ask(2);
    keys(connector, 2);
    router.tell(new Connection(connector.getRef(), false, 2, 2));
    resume(connector, 1);
    entity.expectMessageClass(Decide.class);
    router.tell(new Connection(connector.getRef(), true, 2, 2));
    ask(3);
    ask(4);
    assertThat(keys(connector, 1)).containsExactly(key(3));
    connector.expectNoMessage(Duration.ofMillis(50));
  }

  /** A connector with two credits, which has its filter. */
  private TestProbe<ToInstance> connector() {
    TestProbe<ToInstance> connector = kit.createTestProbe();
    router.tell(new Connection(connector.getRef(), true, 2, 2));
    Awaitility.await().until(service::isAvailable);
    return connector;
  }

  @Test
  void invalidation_ofAnInstance_goesToThePurgerAndIsConfirmed() {
    TestProbe<ToInstance> instance = instance(1);

    router.tell(new Invalidate(ASYNC_ID, instance.getRef(), 17, "WWW.example", true));

    Purger.Forget forget = purger.expectMessageClass(Purger.Forget.class);
    assertThat(forget.id()).isEqualTo("11");
    assertThat(forget.purge())
        .isEqualTo(Purge.verdicts(ASYNC_ID, WireName.parse("www.example"), true));
    instance.fishForMessage(
        Duration.ofSeconds(3),
        message ->
            message.equals(new Invalidated(17))
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore());
    assertThat(service.counters().get(SuspensionCounter.INVALIDATIONS)).isEqualTo(1);
  }

  @Test
  void invalidation_ofAStrangerOrOfNoName_isRejectedAndCounted() {
    TestProbe<ToInstance> instance = instance(1);

    router.tell(new Invalidate(ASYNC_ID, kit.<ToInstance>createTestProbe().getRef(), 1, "", false));
    router.tell(new Invalidate(ASYNC_ID, instance.getRef(), 2, "a..b", false));
    router.tell(new Invalidate(ASYNC_ID + 1, instance.getRef(), 3, "", false));

    Awaitility.await()
        .until(() -> service.counters().get(SuspensionCounter.INVALIDATIONS_REJECTED) == 3);
    purger.expectNoMessage(Duration.ZERO);
  }

  private TestProbe<ToInstance> instance(int credits) {
    TestProbe<ToInstance> instance = kit.createTestProbe();
    register(instance);
    instance.expectMessageClass(Attach.class);
    router.tell(new Grant(ASYNC_ID, instance.getRef(), credits));
    Awaitility.await().until(service::isAvailable);
    return instance;
  }

  private void register(TestProbe<ToInstance> instance) {
    kit.system()
        .receptionist()
        .tell(Receptionist.register(FilterKeys.instances(ASYNC_ID), instance.getRef()));
  }

  private void ask(int number) {
    ask(number, false);
  }

  private void ask(int number, boolean vote) {
    router.tell(
        new Ask(
            Queries.suspended(
                key(number),
                Queries.forName("www.example"),
                origin.getRef(),
                Duration.ofSeconds(1).toNanos()),
            entity.getRef(),
            vote));
  }

  private void undecided(TestProbe<ToInstance> instance, int credits, int number) {
    router.tell(
        new Resumes(
            instance.getRef(), credits, List.of(new Resume(key(number), Verdict.undecided()))));
  }

  private void resume(TestProbe<ToInstance> instance, int number) {
    router.tell(
        new Resumes(instance.getRef(), 1, List.of(new Resume(key(number), Verdict.proceed()))));
  }

  private static Status status(TestProbe<ToInstance> instance) {
    while (true) {
      ToInstance message = instance.receiveMessage();
      if (message instanceof ResumeResults results) {
        return results.results().get(0).status();
      }
    }
  }

  /** The keys of the next requests; probes, which are empty, are passed over. */
  private static List<SuspensionKey> keys(TestProbe<ToInstance> instance, int n) {
    List<SuspensionKey> keys = new ArrayList<>();
    while (keys.size() < n) {
      if (instance.receiveMessage() instanceof FilterRequests requests) {
        requests.requests().forEach(request -> keys.add(request.key()));
      }
    }
    return keys;
  }

  private static SuspensionKey key(int number) {
    return new SuspensionKey(ASYNC_ID, (long) number << 12);
  }
}
