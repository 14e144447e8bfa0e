// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireAnswer;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.jspecify.annotations.Nullable;

/**
 * Result of a refresh of a cached answer.
 *
 * @param answer null if no server answered
 * @param askedNanos when the upstream query was sent, on the clock of {@code System.nanoTime()}
 */
public record Refreshed(
    UpstreamCommand.Refresh refresh, @Nullable WireAnswer answer, long askedNanos)
    implements OriginCommand, NoSerializationVerificationNeeded {}
