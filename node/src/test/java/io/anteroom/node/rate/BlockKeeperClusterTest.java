// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.BlocksSettings;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.rate.BlockKeeper.Result;
import io.anteroom.node.share.Shares;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.MemberConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Members on loopback that keep blocks together, each by a clock that the test moves. */
class BlockKeeperClusterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Netmask CLIENT = Netmask.parse("192.0.2.1");

  private final List<Member> members = new ArrayList<>();

  /** A node as far as its blocks go. */
  private static final class Member {
    private final AtomicLong clock = new AtomicLong(new Random().nextLong() / 4);
    private final Counters<Counter> counters = new Counters<>(Counter.class);
    private final Limits limits =
        new Limits(null, new BlocksSettings(List.of(), List.of()), counters, clock::get);
    private final ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            FilterKeys.SYSTEM,
            MemberConfig.config("127.0.0.1", 0, FilterKeys.NODE_ROLE, false, null));

    Member() {
      limits.keptBy(
          system.systemActorOf(
              BlockKeeper.create(
                  Cluster.get(system).selfMember().address().toString(),
                  limits,
                  Shares.of(system),
                  counters,
                  clock::get),
              "keeper",
              Props.empty()));
    }

    void join(Member other) {
      Cluster cluster = Cluster.get(system);
      cluster.manager().tell(Join.create(Cluster.get(other.system).selfMember().address()));
    }

    void exceeded(String rule, Netmask clients, int seconds) {
      limits
          .keeper()
          .tell(
              new BlockKeeper.Exceeded(
                  rule, clients, BlockAction.DROP, Duration.ofSeconds(seconds)));
    }

    Result ask(Function<ActorRef<Result>, BlockKeeper.Command> command) {
      CompletionStage<Result> result =
          AskPattern.ask(limits.keeper(), command::apply, PATIENCE, system.scheduler());
      return result.toCompletableFuture().join();
    }

    Result add(Netmask clients, int seconds) {
      return ask(
          replyTo ->
              new BlockKeeper.Add(
                  clients, BlockAction.parse("refuse"), Duration.ofSeconds(seconds), replyTo));
    }

    Result remove(Netmask clients) {
      return ask(replyTo -> new BlockKeeper.Remove(clients, replyTo));
    }

    void pass(int seconds) {
      clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    /** What it has, each with the reason and the seconds left. */
    List<String> blocks() {
      return limits.blocks().stream()
          .map(b -> b.clients() + " " + b.reason() + " " + b.leftMillis(clock.get()) / 1000)
          .toList();
    }
  }

  private Member start(Member... first) {
    Member member = new Member();
    members.add(member);
    member.join(first.length == 0 ? member : first[0]);
    return member;
  }

  @AfterEach
  void end() {
    members.forEach(member -> ActorTestKit.shutdown(member.system, PATIENCE));
  }

  private void awaitAll(String... expected) {
    for (Member member : members) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(member.blocks()).containsExactlyInAnyOrder(expected));
    }
  }

  @Test
  void block_ofOneNode_isSeenByAll_withTheTimeThatIsLeft() {
    Member one = start();
    Member two = start(one);
    one.exceeded("many", CLIENT, 60);
    awaitAll("192.0.2.1 many 60");
    one.pass(50);
    two.pass(50);
    assertThat(one.blocks()).containsExactly("192.0.2.1 many 10");
    assertThat(two.blocks()).containsExactly("192.0.2.1 many 10");
    one.pass(10);
    two.pass(10);
    assertThat(one.blocks()).isEmpty();
    assertThat(two.blocks()).isEmpty();
  }

  @Test
  void block_ofAnother_theLaterEndWins() {
    Member one = start();
    Member two = start(one);
    one.exceeded("many", CLIENT, 60);
    awaitAll("192.0.2.1 many 60");
    two.exceeded("few", CLIENT, 10);
    two.exceeded("most", CLIENT, 120);
    awaitAll("192.0.2.1 most 120");
    one.exceeded("many", CLIENT, 60);
    one.exceeded("other", Netmask.parse("192.0.2.2"), 60);
    awaitAll("192.0.2.1 most 120", "192.0.2.2 other 60");
  }

  @Test
  void blocks_atTheSameTime_theLaterEndWins() {
    Member one = start();
    Member two = start(one);
    for (int i = 0; i < 20; i++) {
      Netmask client = Netmask.parse("192.0.2." + i);
      one.exceeded("short", client, i % 2 == 0 ? 10 : 60);
      two.exceeded("short", client, i % 2 == 0 ? 60 : 10);
    }
    awaitAll(
        IntStream.range(0, 20).mapToObj(i -> "192.0.2." + i + " short 60").toArray(String[]::new));
  }

  @Test
  void operator_hasTheLastWord() {
    Member one = start();
    Member two = start(one);
    one.exceeded("many", CLIENT, 600);
    awaitAll("192.0.2.1 many 600");
    assertThat(two.add(CLIENT, 30)).isEqualTo(Result.DONE);
    awaitAll("192.0.2.1 operator 30");
    one.exceeded("many", CLIENT, 600);
    one.exceeded("other", Netmask.parse("192.0.2.2"), 60);
    awaitAll("192.0.2.1 operator 30", "192.0.2.2 other 60");
    assertThat(one.remove(CLIENT)).isEqualTo(Result.DONE);
    assertThat(two.remove(Netmask.parse("192.0.2.2/32"))).isEqualTo(Result.DONE);
    awaitAll();
    assertThat(one.remove(CLIENT)).isEqualTo(Result.UNKNOWN);
    one.exceeded("many", CLIENT, 60);
    awaitAll("192.0.2.1 many 60");
  }

  @Test
  void ended_isRemovedByWhoPutItUp_orWhenThatIsGoneByAnother() {
    Member one = start();
    Member two = start(one);
    one.exceeded("many", CLIENT, 60);
    awaitAll("192.0.2.1 many 60");
    one.pass(60);
    awaitAll();
    two.exceeded("many", CLIENT, 60);
    awaitAll("192.0.2.1 many 60");
    members.remove(two);
    ActorTestKit.shutdown(two.system, PATIENCE);
    one.pass(66);
    // Nobody sees it in the list any more; a member that comes must not either.
    Member three = start(one);
    one.exceeded("other", Netmask.parse("192.0.2.2"), 60);
    awaitAll("192.0.2.2 other 60");
    assertThat(three.blocks()).hasSize(1);
  }

  @Test
  void blocks_moreThanThereMayBe_areRefusedAndCounted() {
    Member one = start();
    List<Netmask> ofOneTable =
        IntStream.range(0, 0x10000)
            .mapToObj(i -> Netmask.parse("10.0." + i / 256 + "." + i % 256))
            .filter(netmask -> BlockKeeper.number(netmask.toString()) == 0)
            .limit(600)
            .toList();
    ofOneTable.forEach(netmask -> one.exceeded("many", netmask, 600));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(one.counters.get(Counter.SHARED_REFUSED)).isEqualTo(100));
    await().atMost(PATIENCE).until(() -> one.limits.blocks().size() == 500);
    one.exceeded("many", ofOneTable.get(599), 600);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(one.counters.get(Counter.SHARED_REFUSED)).isEqualTo(101));
  }
}
