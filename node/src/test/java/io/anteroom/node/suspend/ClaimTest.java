// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.ActorRef;
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
  private static final ActorTestKit KIT = ActorTestKit.create();

  private final ActorRef poor = region();
  private final ActorRef rich = region();
  private final Claim claim = new Claim();

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
