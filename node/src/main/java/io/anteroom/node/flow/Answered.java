// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireAnswer;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/**
 * A server answered; the answer matches the query that was sent, but still has the server's id.
 *
 * @param askedNanos when the servers were asked, which may be before the client did, on the clock
 *     of {@code System.nanoTime()}
 */
public record Answered(Query query, WireAnswer answer, long askedNanos)
    implements OriginCommand, NoSerializationVerificationNeeded {}
