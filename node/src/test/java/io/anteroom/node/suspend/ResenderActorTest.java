// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.GiveUp;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.AllDeadLetters;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.Dropped;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

final class ResenderActorTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final ActorSystem CLASSIC = Adapter.toClassic(KIT.system());
  private static final SuspensionKey KEY = new SuspensionKey(7, 4_711 << 12 | 3);
  private static final ActorRef REGION = ref("/system/sharding/suspended-query");
  private static final ActorRef ENTITY = ref("/system/sharding/suspended-query/3/7%2F123");

  private final TestProbe<OriginCommand> origin = KIT.createTestProbe();
  private final TestProbe<ToRouter> router = KIT.createTestProbe();
  private final TestProbe<ToInstance> instance = KIT.createTestProbe();
  private final TestProbe<SuspensionCommand> region = KIT.createTestProbe();
  private final EndedKeys ended = new EndedKeys();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE);
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final Suspend suspend =
      new Suspend(Queries.suspended(KEY, Queries.forName("www.example"), origin.getRef(), 1));
  private final Decide decide = new Decide(KEY, Verdict.drop(), instance.getRef(), router.getRef());
  private final org.apache.pekko.actor.typed.ActorRef<AllDeadLetters> resender =
      KIT.spawn(Resender.create(region.getRef()::tell, ended, counters, now::get));

  @AfterAll
  static void shutdown() {
    KIT.shutdownTestKit();
  }

  @Test
  void messages_thatTheRegionDropped_areSentAgain() {
    for (SuspensionCommand message :
        new SuspensionCommand[] {suspend, decide, new Cancel(KEY), new ClaimShard(3)}) {
      resender.tell(inDeadLetters(dropped(message)));
      region.expectMessage(message);
      resender.tell(dropped(message));
      region.expectMessage(message);
    }
    assertThat(counters.get(Counter.HAND_OVER_RESENT)).isEqualTo(8);
  }

  /** As a region does it. */
  @Test
  void dropped_toldToDeadLetters_arrives() {
    await()
        .untilAsserted(
            () -> {
              CLASSIC.deadLetters().tell(dropped(decide), ActorRef.noSender());
              region.expectMessage(Duration.ofMillis(100), decide);
            });
  }

  @Test
  void suspend_thatMetAFullBuffer_isOverload_andNotSentAgain() {
    resender.tell(inDeadLetters(suspend));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.OVERLOAD)));
    region.expectNoMessage(Duration.ZERO);
    assertThat(counters.get(Counter.REGION_OVERLOAD)).isEqualTo(1);
  }

  @Test
  void suspend_thatMetAStoppedRegion_isOverload_andNotSentAgain() {
    resender.tell(new DeadLetter(suspend, CLASSIC.deadLetters(), REGION));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.OVERLOAD)));
    region.expectNoMessage(Duration.ZERO);
  }

  @Test
  void verdict_thatMetAFullBuffer_isCounted() {
    resender.tell(inDeadLetters(decide));
    afterwards();
    assertThat(counters.get(Counter.REGION_OVERLOAD)).isEqualTo(1);
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void verdict_thatMetAnEndedEntity_isToldSo() {
    ended.add(KEY);
    resender.tell(new DeadLetter(decide, CLASSIC.deadLetters(), ENTITY));
    router.expectMessage(new Settled(new ResumeResult(KEY, Status.ENDED), instance.getRef()));
    region.expectNoMessage(Duration.ZERO);
  }

  /** The router has its ActorRef and may use it while a hand-over stops it. */
  @Test
  void verdict_thatMetAnEntityWhichHasMoved_isSentAfterIt() {
    resender.tell(new DeadLetter(decide, CLASSIC.deadLetters(), ENTITY));
    region.expectMessage(decide);
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void suspend_thatMetAStrayEntity_isSentAgain() {
    resender.tell(new DeadLetter(suspend, CLASSIC.deadLetters(), ENTITY));
    region.expectMessage(suspend);
    origin.expectNoMessage(Duration.ZERO);
  }

  @Test
  void suspend_thatMetAnEndedEntity_isNotSentAgain() {
    ended.add(KEY);
    resender.tell(new DeadLetter(suspend, CLASSIC.deadLetters(), ENTITY));
    afterwards();
    origin.expectNoMessage(Duration.ZERO);
  }

  @Test
  void whatIsLocalToAnEntity_isNotSentAgain() {
    resender.tell(new DeadLetter(new GiveUp(KEY, Undecided.OVERLOAD), REGION, ENTITY));
    resender.tell(new DeadLetter(SuspensionCommand.Local.STOP, REGION, ENTITY));
    afterwards();
  }

  @Test
  void resending_goingRoundInACircle_ends() {
    for (int i = 0; i < Resender.MAX_PER_SECOND + 2; i++) {
      resender.tell(dropped(suspend));
    }
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.OVERLOAD)));
    origin.expectMessage(new Resumed(KEY, new NotDecided(Undecided.OVERLOAD)));
    assertThat(counters.get(Counter.HAND_OVER_RESENT)).isEqualTo(Resender.MAX_PER_SECOND);
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    resender.tell(dropped(decide));
    region.fishForMessage(
        Duration.ofSeconds(20),
        message ->
            message.equals(decide)
                ? org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes.complete()
                : org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes.continueAndIgnore());
  }

  /** What was told before has been dealt with, and nothing was sent to the region. */
  private void afterwards() {
    resender.tell(dropped(new ClaimShard(99)));
    region.expectMessage(new ClaimShard(99));
  }

  private static Dropped dropped(SuspensionCommand message) {
    return new Dropped(message, "hand-off", ActorRef.noSender(), ActorRef.noSender());
  }

  private static DeadLetter inDeadLetters(Object message) {
    return new DeadLetter(message, CLASSIC.deadLetters(), CLASSIC.deadLetters());
  }

  private static ActorRef ref(String path) {
    return CLASSIC.provider().resolveActorRef("pekko://" + CLASSIC.name() + path);
  }
}
