// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * An instance answers an {@link Attach}: the dispatcher may send it that many requests. What they
 * use up comes back with {@link Resumes}.
 *
 * @param credits 1 to 1,000,000
 */
public record Grant(int asyncId, ActorRef<ToInstance> instance, int credits)
    implements ToDispatcher, ProtocolMessage {}
