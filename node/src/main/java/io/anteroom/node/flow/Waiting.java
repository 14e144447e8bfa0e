// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ToInstance;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * A suspended query as the router of its service knows it.
 *
 * @param entity where it waits
 * @param instance who was asked about it; null if nobody was yet
 */
public record Waiting(
    SuspendedState state,
    ActorRef<SuspensionCommand> entity,
    @Nullable ActorRef<ToInstance> instance) {}
