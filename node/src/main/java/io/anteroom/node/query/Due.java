// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.OriginCommand;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/** Something that waited has its turn now. */
public record Due(Runnable step) implements OriginCommand, NoSerializationVerificationNeeded {}
