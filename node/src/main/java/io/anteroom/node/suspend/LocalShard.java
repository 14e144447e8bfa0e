// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.node.flow.SuspensionCommand.Local;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The entity {@code home-N} of shard N, by which a node learns that the shard is on it or leaves
 * it. When its shard is handed over, it announces that to all nodes and sends a {@link ClaimShard}
 * to itself, which starts it again on the shard's next node. When the node itself leaves, it sends
 * nothing to itself, because there may be no other node.
 */
final class LocalShard {
  private LocalShard() {}

  static Behavior<SuspensionCommand> create(
      int shard,
      LocalShards localShards,
      Counters<Counter> counters,
      Consumer<SuspensionCommand> region,
      IntConsumer leaves) {
    return Behaviors.setup(
        context -> {
          localShards.add(shard);
          counters.increment(Counter.LOCAL_SHARDS_CLAIMED);
          return Behaviors.receive(SuspensionCommand.class)
              .onMessage(
                  Local.class,
                  stop -> {
                    leaves.accept(shard);
                    if (!localShards.isLeaving()) {
                      region.accept(new ClaimShard(shard));
                    }
                    return Behaviors.stopped();
                  })
              .onAnyMessage(touch -> Behaviors.same())
              .onSignal(
                  PostStop.class,
                  signal -> {
                    localShards.remove(shard);
                    counters.increment(Counter.LOCAL_SHARDS_LOST);
                    return Behaviors.same();
                  })
              .build();
        });
  }
}
