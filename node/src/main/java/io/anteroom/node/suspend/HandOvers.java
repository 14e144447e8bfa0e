// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.protocol.FilterKeys;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSelection;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.RootActorPath;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * Actor that receives the messages of other nodes about shards that move. Each node has one, under
 * a fixed name; it runs on the thread of the sharding actors.
 */
public final class HandOvers {
  static final String NAME = "hand-overs";

  private HandOvers() {}

  /** A message to this actor. */
  sealed interface Command extends ClusterMessage {}

  /**
   * Requests that a shard move to the node at this address. Sent to the node with the shard
   * coordinator.
   */
  record MoveShard(int shard, String host, int port) implements Command {}

  /** The home of this shard begins to hand it over. */
  record ShardLeaves(int shard) implements Command {}

  static Behavior<Command> create(ShardMoves moves, EarlyVerdicts early) {
    return Behaviors.receive(Command.class)
        .onMessage(
            MoveShard.class,
            move -> {
              moves.want(move.shard(), address(move));
              return Behaviors.same();
            })
        .onMessage(
            ShardLeaves.class,
            leaves -> {
              early.handedOver(leaves.shard());
              return Behaviors.same();
            })
        .build();
  }

  /**
   * Requests that a shard move to another node, with its suspended queries, within a few seconds. A
   * request that is lost, or names a shard or node that does not exist, has no effect.
   *
   * @param shard 0 to 255
   * @param to the address of a member with the role node
   */
  public static void move(ActorSystem<?> system, int shard, Address to) {
    Member oldest = null;
    for (Member node : nodes(system)) {
      if (oldest == null || node.isOlderThan(oldest)) {
        oldest = node;
      }
    }
    if (oldest != null) {
      tell(
          system,
          oldest,
          new MoveShard(shard, to.getHost().orElseThrow(), to.getPort().orElseThrow()));
    }
  }

  /** Tells all nodes that the hand-over of this shard begins. */
  static void announce(ActorSystem<?> system, int shard) {
    nodes(system).forEach(node -> tell(system, node, new ShardLeaves(shard)));
  }

  private static Address address(MoveShard move) {
    return new Address("pekko", FilterKeys.SYSTEM, move.host(), move.port());
  }

  private static List<Member> nodes(ActorSystem<?> system) {
    CurrentClusterState state = Cluster.get(system).state();
    List<Member> nodes = new ArrayList<>();
    for (Member member : state.getMembers()) {
      if (member.hasRole(FilterKeys.NODE_ROLE)) {
        nodes.add(member);
      }
    }
    return nodes;
  }

  private static void tell(ActorSystem<?> system, Member node, Command message) {
    var path = new RootActorPath(node.address(), "/").child("system").child(NAME);
    ActorSelection there = Adapter.toClassic(system).actorSelection(path);
    there.tell(message, ActorRef.noSender());
  }
}
