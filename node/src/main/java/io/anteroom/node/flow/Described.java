// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a suspended query.
 *
 * @param waiting null if it does not wait
 * @param ended whether it waited before, and not long ago
 */
public record Described(SuspensionKey key, @Nullable Waiting waiting, boolean ended)
    implements ClusterMessage {}
