// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * A dispatcher tells an instance, which it found through the Receptionist, that it is there. The
 * instance answers with its first {@link Grant}; until then it gets no requests. A repeated Attach
 * starts the counting anew.
 */
public record Attach(int asyncId, ActorRef<ToDispatcher> dispatcher)
    implements ToInstance, ProtocolMessage {}
