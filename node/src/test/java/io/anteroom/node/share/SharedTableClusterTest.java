// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.MemberConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Members on loopback that share a table. */
class SharedTableClusterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final List<Member> members = new ArrayList<>();

  /** A node as far as its table goes. */
  private static final class Member {
    private final ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            FilterKeys.SYSTEM,
            MemberConfig.config("127.0.0.1", 0, FilterKeys.NODE_ROLE, false, null));
    private final Counters<Counter> counters = new Counters<>(Counter.class);
    private final AtomicReference<Map<String, ByteString>> seen = new AtomicReference<>(Map.of());
    private final ActorRef<SharedTable.Command> table =
        system.systemActorOf(
            SharedTable.create(Shares.of(system), "things", 3, counters, seen::set),
            "things",
            Props.empty());

    void join(Member other) {
      Cluster cluster = Cluster.get(system);
      cluster.manager().tell(Join.create(Cluster.get(other.system).selfMember().address()));
    }

    void put(String key, String value) {
      table.tell(new SharedTable.Put(key, ByteString.fromString(value)));
    }

    Map<String, String> all() {
      Map<String, String> texts = new HashMap<>();
      seen.get().forEach((key, value) -> texts.put(key, value.utf8String()));
      return texts;
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

  private static void awaitAll(Map<String, String> expected, Member... members) {
    for (Member member : members) {
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(member.all()).isEqualTo(expected));
    }
  }

  @Test
  void change_onOneNode_isSeenOnAll() {
    Member one = start();
    Member two = start(one);
    one.put("a", "1");
    two.put("b", "2");
    awaitAll(Map.of("a", "1", "b", "2"), one, two);
    two.put("a", "3");
    awaitAll(Map.of("a", "3", "b", "2"), one, two);
    one.table.tell(new SharedTable.Remove("b"));
    awaitAll(Map.of("a", "3"), one, two);
  }

  @Test
  void node_thatComesLater_seesWhatWasChangedBefore() {
    Member one = start();
    one.put("a", "1");
    awaitAll(Map.of("a", "1"), one);
    Member two = start(one);
    awaitAll(Map.of("a", "1"), two);
  }

  @Test
  void put_intoFullTable_isRefusedAndCounted() {
    Member one = start();
    one.put("a", "1");
    one.put("b", "2");
    one.put("c", "3");
    one.put("d", "4");
    one.put("a", "5");
    awaitAll(Map.of("a", "5", "b", "2", "c", "3"), one);
    assertThat(one.counters.get(Counter.SHARED_REFUSED)).isEqualTo(1);
  }
}
