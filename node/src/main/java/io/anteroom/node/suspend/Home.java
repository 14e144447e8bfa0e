// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Local;
import io.anteroom.node.flow.SuspensionCommand.Touch;
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
final class Home {
  private Home() {}

  static Behavior<SuspensionCommand> create(
      int shard,
      Homes homes,
      Counters<Counter> counters,
      Consumer<SuspensionCommand> region,
      IntConsumer leaves) {
    return Behaviors.setup(
        context -> {
          homes.add(shard);
          counters.increment(Counter.HOMES_CLAIMED);
          return Behaviors.receive(SuspensionCommand.class)
              .onMessage(
                  Local.class,
                  stop -> {
                    leaves.accept(shard);
                    if (!homes.isLeaving()) {
                      region.accept(new Touch(shard));
                    }
                    return Behaviors.stopped();
                  })
              .onAnyMessage(touch -> Behaviors.same())
              .onSignal(
                  PostStop.class,
                  signal -> {
                    homes.remove(shard);
                    counters.increment(Counter.HOMES_LOST);
                    return Behaviors.same();
                  })
              .build();
        });
  }
}
