// SPDX-License-Identifier: Apache-2.0
/**
 * Suspended queries: the sharded entity, the shards that live here, keys, limits, and the origin's
 * record of what it suspended. How a query goes on is not decided here.
 */
@NullMarked
package io.anteroom.node.suspend;

import org.jspecify.annotations.NullMarked;
