// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToRouter;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/** A query that asked has ended otherwise than by a verdict through its own router. */
public record Ended(SuspensionKey key) implements ToRouter, NoSerializationVerificationNeeded {}
