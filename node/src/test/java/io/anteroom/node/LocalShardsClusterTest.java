// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.ClusterRig.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.protocol.SuspensionKey;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which shards live where, as nodes come and go. */
@ExtendWith(SerializedMessages.class)
final class LocalShardsClusterTest {
  private static final int WANTED = 8;

  /** A slow coordinator may be asked for more before it has given those that were asked for. */
  private static final int AT_MOST = 3 * WANTED;

  private static final ClusterRig RIG = new ClusterRig();

  @AfterAll
  static void stop() {
    RIG.close();
  }

  @Test
  void node_joinsAndLeaves_movesNoneOfAnother() throws Exception {
    Node first = RIG.node();
    awaitLocalShards(first);
    assertThat(first.localShards().size()).isLessThanOrEqualTo(AT_MOST);
    List<Integer> before = localShards(first);

    Node second = RIG.node(first);
    awaitLocalShards(second);
    assertThat(second.localShards().size()).isLessThanOrEqualTo(AT_MOST);

    assertThat(localShards(first))
        .containsAll(before)
        .doesNotContainAnyElementsOf(localShards(second));
    assertThat(first.counters().get(Counter.LOCAL_SHARDS_LOST)).isZero();
    assertThat(second.counters().get(Counter.LOCAL_SHARDS_LOST)).isZero();

    ClusterRig.stop(second);
    ClusterRig.awaitMembers(first, 1);

    assertThat(localShards(first)).containsAll(before);
    assertThat(first.counters().get(Counter.LOCAL_SHARDS_LOST)).isZero();
  }

  private static void awaitLocalShards(Node node) {
    await().atMost(PATIENCE).until(() -> node.localShards().size() >= WANTED);
  }

  private static List<Integer> localShards(Node node) {
    return IntStream.range(0, SuspensionKey.SHARDS)
        .filter(node.localShards()::contains)
        .boxed()
        .toList();
  }
}
