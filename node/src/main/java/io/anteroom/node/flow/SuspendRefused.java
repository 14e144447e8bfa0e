// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;

/** The key that was to be suspended is live already; the first suspension is untouched. */
public record SuspendRefused(SuspensionKey key) implements OriginCommand, ClusterMessage {}
