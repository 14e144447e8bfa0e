// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.ClusterMessage;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendRefused;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.ClaimShard;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.suspend.HandOvers.MoveShard;
import io.anteroom.node.suspend.HandOvers.ShardLeaves;
import io.anteroom.protocol.kryo.KryoMessageSerializer;
import io.anteroom.protocol.kryo.ProtocolRegistrations;
import io.anteroom.protocol.kryo.Registrations;
import org.apache.pekko.actor.ExtendedActorSystem;

/** Pekko serializer of the messages between nodes; their type ids are 200 to 299. */
public final class ClusterSerializer extends KryoMessageSerializer {
  /** The id of this serializer in Pekko. Part of the protocol, like the type ids of the records. */
  static final int IDENTIFIER = 17_351;

  static final Registrations ALL =
      ProtocolRegistrations.all()
          .with(200, Suspend.class, new ClusterSerializers.OfSuspend())
          .with(201, Decide.class, new ClusterSerializers.OfDecide())
          .with(202, Cancel.class, new ClusterSerializers.OfCancel())
          .with(203, ClaimShard.class, new ClusterSerializers.OfClaimShard())
          .with(204, Resumed.class, new ClusterSerializers.OfResumed())
          .with(205, SuspendRefused.class, new ClusterSerializers.OfSuspendRefused())
          .with(206, Settled.class, new ClusterSerializers.OfSettled())
          .with(220, Decided.class, new ClusterSerializers.OfDecided())
          .with(221, NotDecided.class, new ClusterSerializers.OfNotDecided())
          .with(260, MoveShard.class, new HandOverSerializers.OfMoveShard())
          .with(261, ShardLeaves.class, new HandOverSerializers.OfShardLeaves())
          .and(DescriptionSerializers.ALL);

  /** Constructor that Pekko calls. */
  public ClusterSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER, ClusterMessage.class, ALL);
  }
}
