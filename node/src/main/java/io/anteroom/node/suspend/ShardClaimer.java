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
 * Claims shards: sends a {@link ClaimShard} to random shards until {@value #WANTED} are on this
 * node. A shard that is on no node is then allocated to this one; a shard that is on another node
 * stays there and does not count.
 *
 * <p>It checks twice a second and sends one message for each missing shard, so it also replaces
 * shards that leave. It sends none while the region does not know the coordinator, and then checks
 * more often: the region would buffer the messages of every check, and later claim all of them.
 */
public final class ShardClaimer {
  /** The number of local shards that a node claims. */
  static final int WANTED = 8;

  private static final Duration PERIOD = Duration.ofMillis(500);

  /**
   * The pause before the next check if the region does not know the coordinator, as when a node
   * starts: the node answers no query before it has a shard.
   */
  private static final Duration SOON = Duration.ofMillis(50);

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
                  // Empty until the region has found the coordinator, which knows at least one.
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
                      } else if (step == Step.WAIT) {
                        timers.startSingleTimer(Step.WAIT, Step.LOOK, SOON);
                      } else if (localShards.size() < WANTED) {
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
