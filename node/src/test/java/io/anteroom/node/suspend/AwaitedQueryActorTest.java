// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.filter.VerdictFit;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Local;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Verdicts that are there before their query. */
final class AwaitedQueryActorTest {
  private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final int SHARD = 3;
  private static final SuspensionKey KEY = new SuspensionKey(7, 4_711 << 12 | SHARD);

  private final TestProbe<OriginCommand> origin = KIT.createTestProbe();
  private final TestProbe<ToRouter> router = KIT.createTestProbe();
  private final TestProbe<ToInstance> instance = KIT.createTestProbe();
  private final TestProbe<SuspensionCommand> region = KIT.createTestProbe();
  private final EndedKeys ended = new EndedKeys();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final EarlyVerdicts early = new EarlyVerdicts(counters, now::get);
  private final SuspendedState state =
      Queries.suspended(KEY, Queries.forName("www.example"), origin.getRef(), now.get() + 1_000);
  private final ActorRef<SuspensionCommand> entity = entity(KEY);

  @AfterAll
  static void shutdown() {
    KIT.shutdownTestKit();
  }

  @BeforeEach
  void shardComes() {
    early.handedOver(SHARD);
  }

  @Test
  void verdict_whileItsShardIsHandedOver_waitsForTheQuery_andDecidesIt() {
    entity.tell(decide(Verdict.drop()));
    router.expectNoMessage(Duration.ZERO);
    entity.tell(new Suspend(state, true));
    origin.expectMessage(new Resumed(KEY, new Decided(Verdict.drop(), false)));
    settled(Status.RESUMED);
    gone();
    assertThat(counters.get(Counter.EARLY_VERDICTS)).isEqualTo(1);
  }

  @Test
  void verdict_whoseQueryDoesNotCome_isUnknownAfterTwoSeconds() {
    entity.tell(decide(Verdict.drop()));
    TIME.timePasses(EarlyVerdicts.WAIT.minusMillis(1));
    router.expectNoMessage(Duration.ZERO);
    TIME.timePasses(Duration.ofMillis(1));
    settled(Status.UNKNOWN);
    gone();
  }

  @Test
  void verdict_longAfterTheHandOver_isUnknownAtOnce() {
    now.addAndGet(EarlyVerdicts.HAND_OVER.toNanos());
    entity.tell(decide(Verdict.drop()));
    settled(Status.UNKNOWN);
    gone();
  }

  @Test
  void verdict_inAnotherShard_isUnknownAtOnce() {
    SuspensionKey elsewhere = new SuspensionKey(7, 4_711 << 12 | SHARD + 1);
    entity(elsewhere)
        .tell(new Decide(elsewhere, Verdict.drop(), instance.getRef(), router.getRef()));
    settled(Status.UNKNOWN);
  }

  @Test
  void verdict_forAKeyThatHasEnded_isEndedAtOnce() {
    ended.add(KEY);
    entity.tell(decide(Verdict.drop()));
    settled(Status.ENDED);
    gone();
  }

  @Test
  void verdicts_aboveTheLimit_areUnknownAtOnce() {
    for (int i = 0; i < EarlyVerdicts.MAX; i++) {
      assertThat(early.admit(SHARD)).isTrue();
    }
    entity.tell(decide(Verdict.drop()));
    settled(Status.UNKNOWN);
    assertThat(counters.get(Counter.EARLY_VERDICTS_REFUSED)).isEqualTo(1);
    early.release(EarlyVerdicts.MAX);
  }

  @Test
  void verdict_thatIsRepeated_isHeldOnce() {
    entity.tell(decide(Verdict.drop()));
    entity.tell(decide(Verdict.drop()));
    entity.tell(new Suspend(state, true));
    settled(Status.RESUMED);
    gone();
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void verdicts_ofTwoInstances_areSettledBoth_andTheFirstCounts() {
    entity.tell(decide(Verdict.proceed()));
    entity.tell(
        new Decide(KEY, Verdict.drop(), KIT.<ToInstance>createTestProbe().ref(), router.getRef()));
    entity.tell(new Suspend(state, true));
    origin.expectMessage(new Resumed(KEY, new Decided(Verdict.proceed(), false)));
    settled(Status.RESUMED);
    settled(Status.ENDED);
    gone();
    origin.expectNoMessage(Duration.ZERO);
  }

  @Test
  void verdict_thatDoesNotFit_isRejected_andEndsTheQuery() {
    entity.tell(decide(Verdict.answer(new byte[12])));
    entity.tell(new Suspend(state, true));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.TIMEOUT)));
    settled(Status.REJECTED);
    assertThat(early.waiting()).isZero();
    gone();
  }

  @Test
  void verdict_whoseShardMovesOn_movesWithIt() {
    Decide decide = decide(Verdict.drop());
    entity.tell(decide);
    entity.tell(Local.STOP);
    region.expectMessage(decide);
    gone();
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void verdict_whoseClientGoes_isLate_andTheQueryDoesNotBegin() {
    entity.tell(decide(Verdict.drop()));
    entity.tell(new Cancel(KEY));
    settled(Status.ENDED);
    gone();
    ActorRef<SuspensionCommand> next = entity(KEY);
    next.tell(new Suspend(state, true));
    router.expectTerminated(next);
    origin.expectNoMessage(Duration.ZERO);
  }

  @Test
  void otherMessages_doNotEndTheWait() {
    entity.tell(decide(Verdict.drop()));
    entity.tell(new ClaimShard(SHARD));
    entity.tell(new Suspend(state, true));
    settled(Status.RESUMED);
    gone();
  }

  private ActorRef<SuspensionCommand> entity(SuspensionKey key) {
    return KIT.spawn(
        SuspendedQuery.create(
            key,
            new SuspendedQuery.Shared(
                KIT.system(),
                new FilterServices(List.of(service())),
                new VerdictFit(Set.of()),
                region.getRef()::tell,
                ended,
                early,
                now::get)));
  }

  private FilterService service() {
    FilterService service = new FilterService(Queries.service(7));
    service.add(new FilterService.InCluster(KIT.system(), router.getRef(), service.newView()));
    return service;
  }

  private Decide decide(Verdict verdict) {
    return new Decide(KEY, verdict, instance.getRef(), router.getRef());
  }

  private void settled(Status status) {
    Settled settled = router.expectMessageClass(Settled.class);
    assertThat(settled.result().status()).isEqualTo(status);
    assertThat(settled.instance()).isNotNull();
  }

  private void gone() {
    router.expectTerminated(entity);
    assertThat(early.waiting()).isZero();
  }
}
