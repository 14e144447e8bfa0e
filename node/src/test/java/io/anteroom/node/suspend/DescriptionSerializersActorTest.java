// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.Waiting;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DescriptionSerializersActorTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final SuspensionKey KEY = new SuspensionKey(7, 81_985_529_216_486_895L);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void answer_withWhatWaits_isTheSame(boolean asked) {
    var state =
        Queries.suspended(
            KEY,
            Queries.forName("a.example").withTags(Map.of("tag", "value")),
            KIT.<OriginCommand>createTestProbe().getRef(),
            System.nanoTime() + 1_000_000_000L);
    Waiting waiting =
        new Waiting(
            state,
            KIT.<SuspensionCommand>createTestProbe().getRef(),
            asked ? KIT.<ToInstance>createTestProbe().getRef() : null);

    Waiting read = ((Described) copy(new Described(KEY, waiting, false))).waiting();

    assertThat(read.entity()).isEqualTo(waiting.entity());
    assertThat(read.instance()).isEqualTo(waiting.instance());
    assertThat(read.state().key()).isEqualTo(KEY);
    assertThat(read.state().query().tags()).isEqualTo(Map.of("tag", "value"));
    assertThat(read.state().query().wire().bytes()).isEqualTo(state.query().wire().bytes());
  }

  private static Object copy(ClusterMessage message) {
    KryoMessageSerializer serializer = KryoMessageSerializer.of(KIT.system(), ClusterMessage.class);
    return serializer.fromBinary(serializer.toBinary(message));
  }
}
