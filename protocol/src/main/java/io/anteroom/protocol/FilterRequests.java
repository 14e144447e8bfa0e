// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A batch of requests from one router to one instance.
 *
 * @param router receives the verdicts; the instance may also send them to another router of the
 *     service
 * @param sequence how many requests this router sent to this instance before this batch. From a gap
 *     the instance learns how many were lost, and returns their credits.
 */
public record FilterRequests(ActorRef<ToRouter> router, long sequence, List<FilterRequest> requests)
    implements ToInstance, ProtocolMessage {}
