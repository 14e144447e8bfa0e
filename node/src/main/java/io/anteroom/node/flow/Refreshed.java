// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireAnswer;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.jspecify.annotations.Nullable;

/**
 * What became of a refresh.
 *
 * @param answer null if no server answered
 * @param askedNanos when the servers were asked
 */
public record Refreshed(
    UpstreamCommand.Refresh refresh, @Nullable WireAnswer answer, long askedNanos)
    implements OriginCommand, NoSerializationVerificationNeeded {}
