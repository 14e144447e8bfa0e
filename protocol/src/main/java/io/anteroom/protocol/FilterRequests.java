// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A batch of requests from one dispatcher to one instance.
 *
 * @param dispatcher receives the verdicts; the instance may also send them to another dispatcher of
 *     the service
 * @param sequence how many requests this dispatcher sent to this instance before this batch. From a
 *     gap the instance learns how many were lost, and returns their credits.
 */
public record FilterRequests(
    ActorRef<ToDispatcher> dispatcher, long sequence, List<FilterRequest> requests)
    implements ToInstance, ProtocolMessage {}
