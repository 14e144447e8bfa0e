// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Verdicts of one instance, batched. Any dispatcher of the service takes them, on whatever node the
 * queries wait. Each is answered with a {@link ResumeResult}; one that is not answered is sent
 * again every 100 ms until the query's deadline.
 *
 * @param instance who decided; the verdicts count only if it is registered for the service
 * @param credits how many requests of the receiving dispatcher the instance has done with since it
 *     last said so, decided or not
 */
public record Resumes(ActorRef<ToInstance> instance, int credits, List<Resume> resumes)
    implements ToDispatcher, ProtocolMessage {}
