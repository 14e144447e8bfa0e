// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.anteroom.protocol.FilterKeys;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.Test;

/** A join that takes effect just after the phase of the shutdown in which members leave. */
final class LateJoinClusterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** A phase of its own between the two of Pekko, of which the second never gives up. */
  private static final String PHASES =
      """
      pekko.coordinated-shutdown.phases {
        late-join { depends-on = [cluster-leave], timeout = 1h }
        cluster-exiting { depends-on = [late-join], timeout = 1h }
      }
      """;

  private final ActorSystem<Void> system =
      ActorSystem.create(
          Behaviors.empty(),
          FilterKeys.SYSTEM,
          ConfigFactory.parseString(PHASES)
              .withFallback(
                  MemberConfig.config("127.0.0.1", 0, FilterKeys.FILTER_ROLE, false, null)));
  private final Cluster cluster = Cluster.get(system);

  @Test
  void member_thatJoinsWhileItEnds_leaves() {
    LateJoin.leave(system);
    CoordinatedShutdown.get(system).addTask("late-join", "join", this::join);

    system.terminate();

    await().atMost(PATIENCE).until(system.getWhenTerminated().toCompletableFuture()::isDone);
  }

  private CompletableFuture<Done> join() {
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    return CompletableFuture.supplyAsync(
        () -> {
          await().atMost(PATIENCE).until(() -> cluster.state().members().nonEmpty());
          return Done.getInstance();
        });
  }
}
