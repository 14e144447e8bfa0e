// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.ProtocolMessage;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorSystem;

/** Serializer of messages between filters and nodes; bound in this module's reference.conf. */
public final class ProtocolSerializer extends KryoMessageSerializer {
  /** Part of the protocol, like the ids of the records. */
  static final int IDENTIFIER = 17_350;

  /** Called by Pekko. */
  public ProtocolSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER, ProtocolMessage.class, ProtocolRegistrations.all());
  }

  /** How many messages of filters and nodes this system could not read. */
  public static long unreadable(ActorSystem<?> system) {
    return of(system, ProtocolMessage.class).unreadable();
  }
}
