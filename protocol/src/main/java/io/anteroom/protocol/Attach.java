// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * Sent by a router to an instance that it found through the Receptionist. The instance replies with
 * its first {@link Grant}; until then it gets no requests. A repeated Attach resets sequence
 * numbers and credits.
 */
public record Attach(int asyncId, ActorRef<ToRouter> router)
    implements ToInstance, ProtocolMessage {}
