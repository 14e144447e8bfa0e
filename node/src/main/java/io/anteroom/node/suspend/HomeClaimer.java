// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Touch;
import io.anteroom.protocol.SuspensionKey;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Touches shards chosen at random until enough of them live on this node. A touched shard that
 * lives nowhere comes here; one that lives elsewhere stays there and does not count.
 *
 * <p>It looks twice a second and touches as many as are missing, so it costs nothing once the node
 * has its homes, and has them replaced when some leave.
 */
public final class HomeClaimer {
  /** How many homes a node wants. */
  static final int WANTED = 8;

  private static final Duration PERIOD = Duration.ofMillis(500);

  private HomeClaimer() {}

  private enum Look {
    NOW
  }

  public static Behavior<?> create(Homes homes, Consumer<SuspensionCommand> region, Random random) {
    return Behaviors.<Look>withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Look.NOW, Duration.ZERO, PERIOD);
          return Behaviors.receiveMessage(
              look -> {
                if (homes.isLeaving()) {
                  return Behaviors.stopped();
                }
                for (int missing = WANTED - homes.size(); missing > 0; missing--) {
                  region.accept(new Touch(random.nextInt(SuspensionKey.SHARDS)));
                }
                return Behaviors.same();
              });
        });
  }
}
