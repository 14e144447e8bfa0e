// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * An instance's reply to {@link Attach}: the router may send it this many requests. Credits that
 * requests use up return with {@link Resumes}. Zero credits mean that the router is not attached,
 * and that the requests which it sent were refused.
 *
 * @param credits 0 to 1,000,000
 */
public record Grant(int asyncId, ActorRef<ToInstance> instance, int credits)
    implements ToRouter, ProtocolMessage {}
