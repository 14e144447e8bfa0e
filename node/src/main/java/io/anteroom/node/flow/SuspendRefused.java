// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;

/** A suspension was refused because its key is in use; the existing suspension is not affected. */
public record SuspendRefused(SuspensionKey key) implements OriginCommand, ClusterMessage {}
