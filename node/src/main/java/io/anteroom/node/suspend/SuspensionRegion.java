// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.filter.VerdictFit;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.node.flow.SuspensionCommand.Local;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.SuspensionKey;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;

/** The shard region of a node; its entities are suspended queries and local shards. */
public final class SuspensionRegion {
  static final EntityTypeKey<SuspensionCommand> TYPE =
      EntityTypeKey.create(SuspensionCommand.class, "suspended-query");

  private SuspensionRegion() {}

  /**
   * Starts the region of this node and the actors {@link Resender} and {@link HandOvers}.
   *
   * @param services which have their routers in this ActorSystem
   * @param pools the names of the upstream pools
   * @param ended for the thread of the first event loop only
   * @param dispatcher the name of the Pekko dispatcher of the entities
   */
  public static ActorRef<SuspensionCommand> start(
      ActorSystem<?> system,
      FilterServices services,
      Set<String> pools,
      LocalShards localShards,
      EndedKeys ended,
      Counters<Counter> counters,
      LongSupplier nanoTime,
      String dispatcher) {
    Consumer<SuspensionCommand> region = sender(system);
    EarlyVerdicts early = new EarlyVerdicts(counters, nanoTime);
    ShardMoves moves = new ShardMoves();
    var shared =
        new SuspendedQuery.Shared(
            system, services, new VerdictFit(pools), region, ended, early, nanoTime);
    DispatcherSelector here = DispatcherSelector.fromConfig(dispatcher);
    system.systemActorOf(Resender.create(region, ended, counters, nanoTime), "resender", here);
    system.systemActorOf(HandOvers.create(moves, early), HandOvers.NAME, here);
    IntConsumer leaves = shard -> HandOvers.announce(system, shard);
    Claim claim = new Claim(moves, Cluster.get(system).selfMember().address());
    return ClusterSharding.get(system)
        .init(
            Entity.of(
                    TYPE,
                    context -> entity(context.getEntityId(), localShards, counters, shared, leaves))
                .withMessageExtractor(new Extractor())
                .withStopMessage(Local.STOP)
                .withRole(FilterKeys.NODE_ROLE)
                .withAllocationStrategy(claim)
                .withEntityProps(here));
  }

  /**
   * Returns a function that sends a message to an entity on any node; usable once the region has
   * been started.
   */
  public static Consumer<SuspensionCommand> sender(ActorSystem<?> system) {
    return new ToRegion(system);
  }

  private static Behavior<SuspensionCommand> entity(
      String id,
      LocalShards localShards,
      Counters<Counter> counters,
      SuspendedQuery.Shared shared,
      IntConsumer leaves) {
    if (id.startsWith(ClaimShard.PREFIX)) {
      int shard = Integer.parseInt(id.substring(ClaimShard.PREFIX.length()));
      return LocalShard.create(shard, localShards, counters, shared.region(), leaves);
    }
    return SuspendedQuery.create(SuspensionKey.parse(id.replace('-', '/')), shared);
  }

  /**
   * Looks the region up at the first message, because senders are created before the region is
   * started.
   */
  private static final class ToRegion implements Consumer<SuspensionCommand> {
    private final ActorSystem<?> system;
    private volatile org.apache.pekko.actor.@org.jspecify.annotations.Nullable ActorRef region;

    ToRegion(ActorSystem<?> system) {
      this.system = system;
    }

    @Override
    public void accept(SuspensionCommand message) {
      var found = region;
      if (found == null) {
        found =
            org.apache.pekko.cluster.sharding.ClusterSharding.get(
                    org.apache.pekko.actor.typed.javadsl.Adapter.toClassic(system))
                .shardRegion(TYPE.name());
        region = found;
      }
      found.tell(message, org.apache.pekko.actor.ActorRef.noSender());
    }
  }

  /** Takes entity and shard from the message; there is no envelope. */
  private static final class Extractor
      extends ShardingMessageExtractor<SuspensionCommand, SuspensionCommand> {
    private static final String[] SHARDS = new String[SuspensionKey.SHARDS];

    static {
      for (int i = 0; i < SHARDS.length; i++) {
        SHARDS[i] = Integer.toString(i);
      }
    }

    @Override
    public String entityId(SuspensionCommand message) {
      return message.entityId();
    }

    /**
     * The lowest 8 bits of the number after the dash, both for suspended queries and for local
     * shards.
     */
    @Override
    public String shardId(String entityId) {
      long number = Long.parseLong(entityId, entityId.indexOf('-') + 1, entityId.length(), 10);
      return SHARDS[(int) (number & (SuspensionKey.SHARDS - 1))];
    }

    @Override
    public SuspensionCommand unwrapMessage(SuspensionCommand message) {
      return message;
    }
  }
}
