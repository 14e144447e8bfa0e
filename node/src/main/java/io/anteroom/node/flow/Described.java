// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.SuspensionKey;
import org.jspecify.annotations.Nullable;

/**
 * Reply to {@link SuspensionCommand.Describe}: a suspended query.
 *
 * @param waiting the query; null if it is not suspended
 * @param ended whether it was suspended and ended recently
 */
public record Described(SuspensionKey key, @Nullable Waiting waiting, boolean ended)
    implements ClusterMessage {}
