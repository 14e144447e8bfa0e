// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.MemberConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Await;
import scala.concurrent.Future;
import scala.concurrent.duration.FiniteDuration;
import scala.jdk.javaapi.CollectionConverters;

class ClaimTest {
  private static final Address HERE = new Address("pekko", "anteroom", "127.0.0.1", 1);
  private static final Address ELSEWHERE = new Address("pekko", "anteroom", "127.0.0.1", 2);
  private static final ActorTestKit KIT =
      ActorTestKit.create(MemberConfig.config("127.0.0.1", 0, FilterKeys.NODE_ROLE, false, null));

  private final ActorRef poor = region();
  private final ActorRef rich = region();
  private final ShardMoves moves = new ShardMoves();
  private final Claim claim = new Claim(moves, HERE);

  @AfterAll
  static void shutdown() {
    KIT.shutdownTestKit();
  }

  @Test
  void shard_goesToTheRegionThatAsks() throws Exception {
    assertThat(get(claim.allocateShard(rich, "9", shards(1, 5)))).isEqualTo(rich);
  }

  @Test
  void shard_askedForByAStranger_goesWhereFewestAre() throws Exception {
    assertThat(get(claim.allocateShard(region(), "9", shards(1, 5)))).isEqualTo(poor);
  }

  @Test
  void rebalance_movesNothing_whileThereAreShardsToClaim() throws Exception {
    assertThat(get(claim.rebalance(shards(0, 200), Set.of()))).isEmpty();
  }

  @Test
  void rebalance_movesNothing_howeverUneven() throws Exception {
    assertThat(get(claim.rebalance(shards(1, 255), Set.of()))).isEmpty();
  }

  @Test
  void rebalance_givesOneShard_toANodeForWhichNoneIsLeft() throws Exception {
    assertThat(get(claim.rebalance(shards(0, 256), Set.of()))).hasSize(1);
  }

  @Test
  void rebalance_waits_whileAShardMoves() throws Exception {
    assertThat(get(claim.rebalance(shards(0, 256), Set.of("3")))).isEmpty();
  }

  @Test
  void shardThatIsWantedElsewhere_movesThere_andOnlyOnce() throws Exception {
    moves.want(3, ELSEWHERE);
    Map<ActorRef, IndexedSeq<String>> shards = shards(5, 5);
    shards.put(remote(ELSEWHERE), ids(10, 9));
    assertThat(get(claim.rebalance(shards, Set.of()))).containsExactly("3");
    assertThat(get(claim.rebalance(shards, Set.of()))).isEmpty();
    assertThat(get(claim.allocateShard(region(), "3", shards))).isEqualTo(remote(ELSEWHERE));
    assertThat(get(claim.allocateShard(rich, "3", shards))).isEqualTo(rich);
  }

  @Test
  void shardThatIsWantedWhereItIs_orWhereNobodyIs_orMovesAlready_stays() throws Exception {
    moves.want(3, HERE);
    moves.want(4, ELSEWHERE);
    moves.want(5, HERE);
    assertThat(get(claim.rebalance(shards(5, 5), Set.of("5")))).isEmpty();
    assertThat(get(claim.allocateShard(region(), "3", shards(1, 5)))).isEqualTo(poor);
  }

  @Test
  void shardThatIsWantedOnThisNode_comes() throws Exception {
    moves.want(7, HERE);
    Map<ActorRef, IndexedSeq<String>> shards = new HashMap<>();
    shards.put(poor, ids(0, 5));
    shards.put(remote(ELSEWHERE), ids(5, 5));
    assertThat(get(claim.rebalance(shards, Set.of()))).containsExactly("7");
    assertThat(get(claim.allocateShard(region(), "7", shards))).isEqualTo(poor);
  }

  private static ActorRef remote(Address address) {
    return Adapter.toClassic(KIT.system())
        .provider()
        .resolveActorRef(address + "/system/sharding/suspended-query");
  }

  private Map<ActorRef, IndexedSeq<String>> shards(int ofPoor, int ofRich) {
    Map<ActorRef, IndexedSeq<String>> shards = new HashMap<>();
    shards.put(poor, ids(0, ofPoor));
    shards.put(rich, ids(ofPoor, ofRich));
    return shards;
  }

  private static IndexedSeq<String> ids(int from, int n) {
    return CollectionConverters.asScala(
            IntStream.range(from, from + n).mapToObj(Integer::toString).toList())
        .toIndexedSeq();
  }

  private static ActorRef region() {
    return Adapter.toClassic(KIT.createTestProbe().getRef());
  }

  private static <T> T get(Future<T> future) throws Exception {
    return Await.result(future, FiniteDuration.create(3, TimeUnit.SECONDS));
  }
}
