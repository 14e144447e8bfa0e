// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.anteroom.node.admin.AdminAgent;
import io.anteroom.node.admin.AdminParts;
import io.anteroom.node.config.ClusterSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.live.FilterRouters;
import io.anteroom.node.membership.Generation;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.EventLoopsSetup;
import io.anteroom.node.suspend.LocalShards;
import io.anteroom.node.suspend.Origins;
import io.anteroom.node.suspend.Place;
import io.anteroom.node.suspend.ShardClaimer;
import io.anteroom.node.suspend.SuspensionRegion;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.FilterInstance;
import io.anteroom.protocol.sdk.LateJoin;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.remote.RemoteActorRefProvider;
import org.apache.pekko.remote.artery.ArteryTransport;
import org.jspecify.annotations.Nullable;

/**
 * The ActorSystem of a node that is a member of one cluster, and everything in it: the shard
 * region, its entities, the filter routers, embedded filters and the admin agent. It lives from
 * joining to leaving. It refers to the node's shared objects ({@link Shared}), not the other way
 * round, so a second one can exist beside it and take over.
 *
 * <p>Pekko binds to a port of the loopback interface. Other members know the node by the address of
 * its cluster port, which forwards connections to Pekko.
 */
final class ClusterPart implements Generation {
  private static final DispatcherSelector FIRST = DispatcherSelector.fromConfig(EventLoops.FIRST);

  private final Shared shared;
  private final ActorSystem<Void> system;
  private final InetSocketAddress bound;
  private final LocalShards localShards = new LocalShards();
  private final EndedKeys ended = new EndedKeys();
  private final Consumer<SuspensionCommand> region;
  private final FilterRouters routers;
  private final AdminAgent adminAgent;
  private final Place place;
  private final CompletableFuture<Void> shardsEnded = new CompletableFuture<>();

  /**
   * Objects of the node that do not depend on its cluster.
   *
   * @param current is set to the part that takes over
   */
  record Shared(
      NodeParts parts,
      FilterPart filters,
      AdminParts admin,
      Current current,
      SecureRandom random) {}

  /**
   * The part where queries are suspended now. Before any part has taken over, it is the first one
   * that was started.
   */
  static final class Current {
    private volatile @Nullable ClusterPart part;
    private volatile boolean taken;

    ClusterPart get() {
      ClusterPart now = part;
      if (now == null) {
        throw new IllegalStateException("the node has no part in a cluster yet");
      }
      return now;
    }

    private void beginWith(ClusterPart first) {
      if (part == null) {
        part = first;
      }
    }

    /** Whether any part has taken over. */
    boolean hasTakenOver() {
      return taken;
    }

    private void set(ClusterPart now) {
      part = now;
      taken = true;
    }
  }

  private ClusterPart(Shared shared, ActorSystem<Void> system) {
    this.shared = shared;
    this.system = system;
    this.bound = boundTo(system);
    this.region = SuspensionRegion.sender(system);
    this.routers = new FilterRouters(system, shared.filters().routers(), region, ended);
    this.place = new Place(localShards, region, new Origins(system)::of);
    this.adminAgent = AdminAgent.start(system, shared.admin(), region);
  }

  /**
   * Starts a part. Blocks for about half a second.
   *
   * @throws RuntimeException if it can't be started
   */
  static ClusterPart start(Shared shared) {
    NodeParts parts = shared.parts();
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            FilterKeys.SYSTEM,
            ActorSystemSetup.create(
                BootstrapSetup.create(config(parts)), new EventLoopsSetup(parts.loops())));
    try {
      ClusterPart part = new ClusterPart(shared, system);
      part.start();
      shared.current().beginWith(part);
      return part;
    } catch (RuntimeException e) {
      // The membership tries again, for as long as it takes: nothing of this try may stay.
      system.terminate();
      throw e;
    }
  }

  private void start() {
    LateJoin.leave(system);
    NodeParts parts = shared.parts();
    system.getWhenTerminated().thenAccept(done -> shared.filters().filters().ended(routers));
    shared.filters().filters().start(routers);
    ActorRef<SuspensionCommand> shards =
        SuspensionRegion.start(
            system,
            parts.filters().services(),
            parts.resources().upstreams().keySet(),
            localShards,
            ended,
            parts.resources().counters(),
            parts.resources().nanoTime(),
            EventLoops.FIRST);
    system.systemActorOf(
        onEndOf(shards, () -> shardsEnded.complete(null)), "region-watch", Props.empty());
    system.systemActorOf(
        ShardClaimer.create(localShards, region, shared.random()), "shard-claimer", Props.empty());
    parts.filters().embedded().forEach(this::startEmbedded);
  }

  private void startEmbedded(int asyncId, Filter filter) {
    system.systemActorOf(
        FilterInstance.create(asyncId, filter), "embedded-filter-" + asyncId, FIRST);
  }

  /**
   * Runs {@code end} when the region has ended. Pekko ends the region of a running member when
   * another node that had considered it dead is reachable again and asks for the shards.
   */
  private static Behavior<Void> onEndOf(ActorRef<?> region, Runnable end) {
    return Behaviors.setup(
        context -> {
          context.watch(region);
          return Behaviors.receive(Void.class)
              .onSignal(
                  Terminated.class,
                  gone -> {
                    end.run();
                    return Behaviors.stopped();
                  })
              .build();
        });
  }

  /**
   * The address that Pekko has bound. For port 0, no public interface of Pekko has the real port.
   */
  private static InetSocketAddress boundTo(ActorSystem<?> system) {
    var provider =
        (RemoteActorRefProvider) ((ExtendedActorSystem) Adapter.toClassic(system)).provider();
    var address = ((ArteryTransport) provider.transport()).bindAddress().address();
    return new InetSocketAddress(address.getHost().get(), address.getPort().orElseThrow());
  }

  private static Config config(NodeParts parts) {
    NodeSettings settings = parts.settings();
    ClusterSettings cluster = settings.cluster();
    return ConfigFactory.parseMap(
            Map.of(
                "pekko.remote.artery.bind.hostname",
                "127.0.0.1",
                "pekko.remote.artery.bind.port",
                0,
                "pekko.cluster.jmx.enabled",
                false,
                "pekko.cluster.sharding.buffer-size",
                regionBuffer(settings)))
        .withFallback(parts.loops().dispatchers())
        .withFallback(PekkoSettings.member(cluster, parts.memberPort()));
  }

  /**
   * Buffer size of the shard region in messages: two for each query that may be suspended on this
   * node, one for the query and one for a verdict. The buffer needs no memory beyond that of the
   * messages. Pekko's 100,000 would be too few for a node with a million suspended queries whose
   * shards leave.
   */
  private static int regionBuffer(NodeSettings settings) {
    long queries =
        settings.filters().values().stream().mapToLong(FilterSettings::maxSuspended).sum();
    return (int) Math.min(Math.max(2 * queries, 100_000), Integer.MAX_VALUE);
  }

  @Override
  public ActorSystem<?> system() {
    return system;
  }

  @Override
  public void beReached() {
    shared.parts().network().clusterPort().forwardTo(bound);
  }

  @Override
  public void cutOff() {
    shared.parts().network().clusterPort().cutOff(bound);
  }

  @Override
  public boolean canSuspend() {
    return localShards.size() > 0
        && routers.areAvailable(shared.parts().filters().embedded().keySet());
  }

  @Override
  public boolean hasFiltersOf(Generation other) {
    return routers.areAvailable(((ClusterPart) other).routers.available());
  }

  @Override
  public CompletionStage<Void> shardsEnded() {
    return shardsEnded;
  }

  @Override
  public void takeOver() {
    shared.filters().filters().takeOver(routers);
    shared.filters().suspender().suspendAt(place);
    shared.current().set(this);
  }

  @Override
  public void prepareToLeave() {
    localShards.leave();
  }

  @Override
  public CompletionStage<Void> leave() {
    localShards.leave();
    CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.unknownReason());
    return system.getWhenTerminated().thenApply(done -> null);
  }

  LocalShards localShards() {
    return localShards;
  }

  AdminAgent adminAgent() {
    return adminAgent;
  }
}
