// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.protocol.SuspensionKey;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.ClusterSharding;
import org.apache.pekko.cluster.sharding.ShardRegion;

/**
 * Touches shards chosen at random until enough of them live on this node. A touched shard that
 * lives nowhere comes here; one that lives elsewhere stays there and does not count.
 *
 * <p>It looks twice a second and touches as many as are missing, so it costs nothing once the node
 * has its local shards, and has them replaced when some leave. While the region knows no
 * coordinator it touches none: they would all wait there, more with each look, and all be claimed
 * in the end.
 */
public final class ShardClaimer {
  /** How many local shards a node wants. */
  static final int WANTED = 8;

  private static final Duration PERIOD = Duration.ofMillis(500);

  private ShardClaimer() {}

  private enum Step implements NoSerializationVerificationNeeded {
    LOOK,
    TOUCH,
    WAIT
  }

  public static Behavior<?> create(
      LocalShards localShards, Consumer<SuspensionCommand> region, Random random) {
    return Behaviors.<Step>setup(
        context -> {
          var regions =
              context.messageAdapter(
                  ShardRegion.CurrentRegions.class,
                  // Empty if the region has not found the coordinator, who knows of one at least.
                  known -> known.getRegions().isEmpty() ? Step.WAIT : Step.TOUCH);
          return Behaviors.withTimers(
              timers -> {
                timers.startTimerWithFixedDelay(Step.LOOK, Duration.ZERO, PERIOD);
                return Behaviors.receiveMessage(
                    step -> {
                      if (localShards.isLeaving()) {
                        return Behaviors.stopped();
                      } else if (step == Step.TOUCH) {
                        touch(localShards, region, random);
                      } else if (step == Step.LOOK && localShards.size() < WANTED) {
                        region(context.getSystem())
                            .tell(
                                ShardRegion.getCurrentRegionsInstance(),
                                Adapter.toClassic(regions));
                      }
                      return Behaviors.same();
                    });
              });
        });
  }

  private static void touch(
      LocalShards localShards, Consumer<SuspensionCommand> region, Random random) {
    for (int missing = WANTED - localShards.size(); missing > 0; missing--) {
      region.accept(new ClaimShard(random.nextInt(SuspensionKey.SHARDS)));
    }
  }

  private static org.apache.pekko.actor.ActorRef region(ActorSystem<?> system) {
    return ClusterSharding.get(Adapter.toClassic(system)).shardRegion(SuspensionRegion.TYPE.name());
  }
}
