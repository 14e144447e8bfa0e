// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A query that is taken for small enough is small enough as it is written. */
final class MessageSizeActorTest {
  /** What Pekko adds: its header, with the paths of both actors. */
  private static final int ENVELOPE = 2_048;

  private static ActorTestKit kit;
  private static ClusterSamples samples;
  private static KryoMessageSerializer serializer;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
    samples = new ClusterSamples(kit);
    serializer = KryoMessageSerializer.of(kit.system(), ClusterMessage.class);
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  private static Operation operation(int values, int bytesEach) {
    return new Operation(
        Map.of("list", Collections.nCopies(values, "\u20ac".repeat(bytesEach / 3)), "one", true));
  }

  private static Map<String, String> tags(int number) {
    Map<String, String> tags = new HashMap<>();
    for (int i = 0; i < number; i++) {
      tags.put(("t" + i + "\u20ac".repeat(255)).substring(0, 255), "\u20ac".repeat(255));
    }
    return tags;
  }

  private static List<Query> queries() {
    SuspendedState state = samples.suspend(0).state();
    List<Query> queries = new ArrayList<>();
    for (int values : List.of(1, 100, 1_000)) {
      for (int share = 1; share <= 4; share++) {
        Operation operation = operation(values, 110_000 * share / 4 / values);
        Continuation waiting =
            new Continuation(null, "r".repeat(300), Map.of(), operation, null, 0);
        for (int answer = 0; answer <= 65_535; answer += 13_107) {
          for (int tags = 0; tags <= 160; tags += 20) {
            queries.add(
                state
                    .query()
                    .withTags(tags(tags))
                    .withAnswer(new byte[answer])
                    .withContinuation(waiting));
          }
        }
      }
    }
    return queries;
  }

  private static int written(Query query) {
    SuspendedState state = samples.suspend(0).state();
    return serializer.toBinary(
            new Suspend(
                new SuspendedState(
                    state.key(), state.stage(), state.nextRule(), query, state.origin(), 0),
                true))
        .length;
  }

  @Test
  void query_thatFits_isWrittenWithinTheFrame() {
    int fitting = 0;
    int most = 0;
    List<Query> all = queries();
    for (Query query : all) {
      if (MessageSize.fits(query)) {
        fitting++;
        int length = written(query);
        most = Math.max(most, length);
        assertThat(length).isLessThanOrEqualTo(MessageSize.MAX_FRAME - ENVELOPE);
      }
    }
    assertThat(fitting).isBetween(100, all.size() - 100);
    // Not much smaller than it might be.
    assertThat(most).isGreaterThan(MessageSize.MAX_FRAME * 3 / 4);
  }

  @Test
  void largestOperation_withTheLargestAnswer_fits() {
    Query query = samples.suspend(0).state().query();
    Operation operation = new Operation(Map.of("data", new byte[127 * 1024]));

    assertThat(
            MessageSize.fits(
                query.withAnswer(new byte[65_535]).withContinuation(Continuation.of(operation))))
        .isTrue();
  }
}
