// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.ToInstance;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * A suspended query with what the router of its service knows about it.
 *
 * @param entity the entity that waits for the verdict
 * @param instance the instance that has the request; null if none has it yet
 */
public record Waiting(
    SuspendedState state,
    ActorRef<SuspensionCommand> entity,
    @Nullable ActorRef<ToInstance> instance) {}
