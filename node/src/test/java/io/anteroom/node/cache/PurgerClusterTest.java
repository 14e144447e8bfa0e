// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.node.share.Shares;
import io.anteroom.node.testing.Queries;
import io.anteroom.node.testing.Responses;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.MemberConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

/** Members on loopback that purge their caches together. */
class PurgerClusterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int SERVICE = 7;

  private final List<Member> members = new ArrayList<>();

  /** A node as far as its caches go. */
  private static final class Member {
    final Counters<Counter> counters = new Counters<>(Counter.class);
    final AnswerCache answers = new AnswerCache(1 << 20, Map.of(), counters, System::nanoTime);
    final VerdictCache verdicts = new VerdictCache(1 << 20, System::nanoTime);
    final ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            FilterKeys.SYSTEM,
            MemberConfig.config("127.0.0.1", 0, FilterKeys.NODE_ROLE, false, null));
    final ActorRef<Purger.Command> purger =
        system.systemActorOf(
            Purger.create(answers, verdicts, Shares.of(system), counters, System::nanoTime),
            "purger",
            Props.empty());

    void join(Member other) {
      Cluster cluster = Cluster.get(system);
      cluster.manager().tell(Join.create(Cluster.get(other.system).selfMember().address()));
    }

    /** An answer and a verdict about each of these names. */
    void fill(String... names) {
      for (String name : names) {
        WireAnswer answer =
            WireAnswer.parse(Responses.answer(name, Type.A, name + ". 300 A 192.0.2.1").toWire());
        assertThat(answers.put("default", Responses.query(name), answer)).isTrue();
        fillVerdict(name);
      }
    }

    void fillVerdict(String name) {
      Query query = Queries.forName(name);
      Verdict verdict = Verdict.drop().holdsFor(Duration.ofHours(1));
      assertThat(verdicts.put(query, SERVICE, Stage.QUERY, 0, verdict, System.nanoTime())).isTrue();
    }

    /** Purges the verdicts of so many names. */
    void purgeNames(int names) {
      for (int i = 0; i < names; i++) {
        Purge purge = new Purge(Purge.Target.VERDICTS, WireName.parse("n" + i), false, null, 0, -1);
        purger.tell(new Purger.Forget("id" + i, purge, gone -> {}));
      }
    }

    Purger.Gone forget(String id, Purge purge) {
      CompletableFuture<Purger.Gone> gone = new CompletableFuture<>();
      purger.tell(new Purger.Forget(id, purge, gone::complete));
      return await().atMost(PATIENCE).until(() -> gone.getNow(null), done -> done != null);
    }
  }

  private Member start() {
    Member member = new Member();
    members.add(member);
    return member;
  }

  @AfterEach
  void end() {
    members.forEach(member -> ActorTestKit.shutdown(member.system, PATIENCE));
  }

  private static Purge name(String name) {
    return new Purge(Purge.Target.BOTH, WireName.parse(name), false, null, 0, Purge.ANY);
  }

  private static void awaitSizes(long size, Member... members) {
    for (Member member : members) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(member.answers.size()).isEqualTo(size);
                assertThat(member.verdicts.size()).isEqualTo(size);
              });
    }
  }

  @Test
  void purge_onOneNode_isDoneOnAll_alsoOnOneThatIsAwayMeanwhile() {
    Member one = start();
    Member two = start();
    Member away = start();
    one.join(one);
    two.join(one);
    for (Member member : members) {
      member.fill("a.example", "b.example");
    }

    assertThat(one.forget("1", name("a.example"))).isEqualTo(new Purger.Gone(1, 1));
    awaitSizes(1, one, two);
    assertThat(away.answers.size()).isEqualTo(2);
    away.join(one);
    awaitSizes(1, away);
  }

  @Test
  void purge_thatComesTwice_isDoneOnce_andToldOfTwice() {
    Member one = start();
    one.join(one);
    one.fill("a.example");

    assertThat(one.forget("1", name("a.example"))).isEqualTo(new Purger.Gone(1, 1));
    one.fill("a.example");
    assertThat(one.forget("1", name("a.example"))).isEqualTo(new Purger.Gone(1, 1));
    awaitSizes(1, one);
    assertThat(one.forget("2", name("nowhere.example"))).isEqualTo(new Purger.Gone(0, 0));
    assertThat(one.counters.get(Counter.CACHE_PURGES)).isEqualTo(2);
    assertThat(one.counters.get(Counter.CACHE_PURGED)).isEqualTo(1);
    assertThat(one.counters.get(Counter.VERDICT_CACHE_PURGED)).isEqualTo(1);
  }

  @Test
  void purgesThatFillTheTable_becomeOneOfAllThatTheyWereAbout() {
    Member one = start();
    Member away = start();
    one.join(one);
    away.fill("kept.example");
    one.purgeNames(Purger.TABLES * PurgeTable.CAPACITY + 1);

    away.join(one);

    await().atMost(PATIENCE).untilAsserted(() -> assertThat(away.verdicts.size()).isZero());
    assertThat(away.answers.size()).isEqualTo(1);
    assertThat(one.counters.get(Counter.SHARED_REFUSED)).isZero();
    assertThat(one.counters.get(Counter.CACHE_PURGES_MERGED)).isOne();
  }

  @Test
  void purges_tenThousandOfThem_areKeptApart() {
    Member one = start();
    Member away = start();
    one.join(one);
    away.fill("kept.example");
    away.fillVerdict("n9999");

    one.purgeNames(10_000);
    away.join(one);

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(away.counters.get(Counter.CACHE_PURGES)).isEqualTo(10_000));
    awaitSizes(1, away);
    assertThat(one.counters.get(Counter.CACHE_PURGES_MERGED)).isZero();
    assertThat(one.counters.get(Counter.SHARED_REFUSED)).isZero();
  }
}
