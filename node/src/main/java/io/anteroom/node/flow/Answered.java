// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireAnswer;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/**
 * An upstream server answered. The answer matches the query that was sent, but still has the
 * message ID of the upstream query.
 *
 * @param askedNanos when the upstream query was sent, on the clock of {@code System.nanoTime()};
 *     may be before the client asked, because clients share a lookup
 */
public record Answered(Query query, WireAnswer answer, long askedNanos)
    implements OriginCommand, NoSerializationVerificationNeeded {}
