// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.filter.Connectors;
import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.EventLoopsSetup;
import io.anteroom.node.operation.Operations;
import io.anteroom.protocol.sdk.MemberConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Filter services that a reload adds while the node goes from one cluster to another. */
final class LiveFiltersTest {
  private final EventLoops loops = new EventLoops(1);
  private final ActorSystem<Void> left = member("left");
  private final ActorSystem<Void> next = member("next");
  private final FilterServices services = FilterServices.of(List.of(settings(1)));
  private final LiveFilters filters = new LiveFilters(services);

  private ActorSystem<Void> member(String name) {
    return ActorSystem.create(
        Behaviors.empty(),
        name,
        ActorSystemSetup.create(
            BootstrapSetup.create(loops.dispatchers().withFallback(MemberConfig.local())),
            new EventLoopsSetup(loops)));
  }

  private FilterRouters routers(ActorSystem<Void> member) throws IOException {
    return new FilterRouters(
        member,
        new FilterRouters.Node(
            services,
            Set.of(),
            Connectors.open(List.of(), loops.get(0), Operations.none()),
            purge -> {},
            System::nanoTime),
        command -> {},
        new EndedKeys());
  }

  private static FilterSettings settings(int asyncId) {
    return new FilterSettings(
        "filter-" + asyncId,
        asyncId,
        Duration.ofSeconds(1),
        Policy.SERVFAIL,
        Policy.SERVFAIL,
        Policy.SERVFAIL,
        1,
        1,
        1);
  }

  @AfterEach
  void end() {
    left.terminate();
    next.terminate();
    left.getWhenTerminated().toCompletableFuture().join();
    next.getWhenTerminated().toCompletableFuture().join();
    loops.shutdown();
  }

  @Test
  void serviceAdded_betweenTwoClusters_isInTheNext() throws IOException {
    FilterRouters before = routers(left);
    FilterRouters after = routers(next);
    filters.start(before);
    filters.takeOver(before);
    filters.start(after);
    filters.ended(before);

    filters.prepare(List.of(settings(1), settings(2)));
    filters.takeOver(before);
    filters.takeOver(after);

    assertThat(services.require(2).in(next)).isNotNull();
    assertThat(services.require(2).in(left)).isNull();
  }

  @Test
  void serviceAdded_whileAClusterEnds_isInTheOther() throws IOException {
    FilterRouters before = routers(left);
    FilterRouters after = routers(next);
    filters.start(before);
    filters.takeOver(before);
    filters.start(after);
    left.terminate();
    left.getWhenTerminated().toCompletableFuture().join();

    filters.prepare(List.of(settings(1), settings(2)));
    filters.takeOver(after);

    assertThat(services.require(2).in(next)).isNotNull();
    assertThat(services.require(2).in(left)).isNull();
  }
}
