// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import org.apache.pekko.actor.typed.ActorRef;

/** What became of a verdict, on its way back to the instance that decided. */
public record Settled(ResumeResult result, ActorRef<ToInstance> instance)
    implements ToRouter, ClusterMessage {}
