// SPDX-License-Identifier: Apache-2.0
/**
 * Reloads of the configuration and operators' changes of the rules on all nodes. This package runs
 * on a thread of its own, which may read and write files; query processing only reads what {@link
 * io.anteroom.node.live.Live} holds.
 */
@NullMarked
package io.anteroom.node.live;

import org.jspecify.annotations.NullMarked;
