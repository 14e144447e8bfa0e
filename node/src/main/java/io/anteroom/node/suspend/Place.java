// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.SuspensionCommand;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The shard region where queries are suspended: that of one member of a cluster. A node that
 * changes from one cluster to another has a new place before it gives up the old one. Places are
 * compared by identity. Safe for any thread.
 */
public final class Place {
  private final LocalShards localShards;
  private final Consumer<SuspensionCommand> region;
  private final UnaryOperator<ActorRef<OriginCommand>> origins;

  /**
   * Creates a place.
   *
   * @param localShards the shards that are on this node
   * @param region sends a message to an entity on any node
   * @param origins makes a reference to an origin that other members can send to
   */
  public Place(
      LocalShards localShards,
      Consumer<SuspensionCommand> region,
      UnaryOperator<ActorRef<OriginCommand>> origins) {
    this.localShards = localShards;
    this.region = region;
    this.origins = origins;
  }

  LocalShards localShards() {
    return localShards;
  }

  void tell(SuspensionCommand message) {
    region.accept(message);
  }

  ActorRef<OriginCommand> originFor(ActorRef<OriginCommand> origin) {
    return origins.apply(origin);
  }
}
