// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Requests of one dispatcher to one instance, batched.
 *
 * @param dispatcher where the verdicts go; another dispatcher of the service may be told as well
 * @param sequence how many requests this dispatcher sent to this instance before these. A gap tells
 *     the instance how many were lost on the way, and it gives their credits back.
 */
public record FilterRequests(
    ActorRef<ToDispatcher> dispatcher, long sequence, List<FilterRequest> requests)
    implements ToInstance, ProtocolMessage {}
