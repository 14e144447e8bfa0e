// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A batch of verdicts from one instance. Any router of the service accepts them, no matter on which
 * node the queries wait. Each is acknowledged with a {@link ResumeResult}; without it, the verdict
 * is sent again every 100 ms until the query's deadline.
 *
 * @param instance the sender; its verdicts count only if it is registered for the service
 * @param credits how many requests of the receiving router the instance has finished since its last
 *     message, with or without a verdict
 */
public record Resumes(ActorRef<ToInstance> instance, int credits, List<Resume> resumes)
    implements ToRouter, ProtocolMessage {}
