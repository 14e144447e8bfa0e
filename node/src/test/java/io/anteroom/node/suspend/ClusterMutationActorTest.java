// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import io.anteroom.protocol.testing.SerializerContract;
import java.util.List;

/** What holds for every serializer holds for the one of messages between nodes. */
final class ClusterMutationActorTest extends SerializerContract<ClusterMessage> {
  private static final int MUTATIONS = 250_000;

  private final ClusterSamples samples = new ClusterSamples(kit);

  ClusterMutationActorTest() {
    super(ClusterMessage.class, 17_351, MUTATIONS);
  }

  @Override
  protected List<ClusterMessage> samples() {
    return samples.oneOfEach();
  }

  @Override
  protected List<ClusterMessage> timeless() {
    return samples.timeless();
  }

  @Override
  protected long unreadable() {
    return KryoMessageSerializer.of(kit.system(), ClusterMessage.class).unreadable();
  }
}
