// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Leave;

/**
 * A member that is told to end while it joins a cluster.
 *
 * <p>Pekko's shutdown leaves the cluster in one phase, which does nothing if the join is still
 * under way, and waits in the next until it has left. If the join takes effect between the two,
 * nothing makes the member leave, and it waits for as long as that phase may last.
 */
public final class LateJoin {
  private LateJoin() {}

  /** Makes the member leave in the second phase too. To be called once for each ActorSystem. */
  public static void leave(ActorSystem<?> system) {
    Cluster cluster = Cluster.get(system);
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseClusterExiting(),
            "leave-after-late-join",
            () -> {
              // Of a member that leaves already, or has not joined, it changes nothing.
              cluster.manager().tell(new Leave(cluster.selfMember().address()));
              return CompletableFuture.completedFuture(Done.getInstance());
            });
  }
}
