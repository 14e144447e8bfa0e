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
 * The entity {@code home-N}, by which a node learns, without asking, that shard N lives on it or
 * leaves it. When it is stopped it announces that to all nodes. It moves with its shard: when it is
 * stopped it sends itself a message, which starts it where the shard lives next, unless the node
 * leaves: then nobody need know, and there may be no other node to go to.
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
