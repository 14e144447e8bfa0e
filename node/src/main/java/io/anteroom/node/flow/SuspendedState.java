// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * All that is needed to go on with a suspended query, wherever it waits.
 *
 * @param nextRule the index of the rule in the stage's chain at which it goes on
 * @param origin the listener that took the query, the only one that may answer it
 * @param deadlineNanos when it goes on without a verdict, on the {@code System.nanoTime()} of the
 *     JVM that holds this; on the wire it is the time left
 */
public record SuspendedState(
    SuspensionKey key,
    Stage stage,
    int nextRule,
    Query query,
    ActorRef<OriginCommand> origin,
    long deadlineNanos) {}
