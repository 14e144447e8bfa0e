// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireAnswer;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/** A server answered; the answer matches the query that was sent, but still has the server's id. */
public record Answered(Query query, WireAnswer answer)
    implements OriginCommand, NoSerializationVerificationNeeded {}
