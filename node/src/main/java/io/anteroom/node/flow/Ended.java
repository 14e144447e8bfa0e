// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToRouter;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/**
 * A query that sent an {@link Ask} has ended, but not by a verdict that came through this router.
 */
public record Ended(SuspensionKey key) implements ToRouter, NoSerializationVerificationNeeded {}
