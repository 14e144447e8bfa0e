// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * An instance answers an {@link Attach}: the dispatcher may send it that many requests. What they
 * use up comes back with {@link Resumes}. Without a credit it says that the dispatcher is not
 * attached, and that the requests which it has sent were refused.
 *
 * @param credits 0 to 1,000,000
 */
public record Grant(int asyncId, ActorRef<ToInstance> instance, int credits)
    implements ToDispatcher, ProtocolMessage {}
