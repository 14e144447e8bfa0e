// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import org.apache.pekko.actor.typed.ActorRef;

/** Result of a verdict, for the instance that sent it; the router passes it on. */
public record Settled(ResumeResult result, ActorRef<ToInstance> instance)
    implements ToRouter, ClusterMessage {}
