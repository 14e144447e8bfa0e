// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.OriginCommand;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/** Runs a step on the thread of the origin, after a delay. */
public record Due(Runnable step) implements OriginCommand, NoSerializationVerificationNeeded {}
