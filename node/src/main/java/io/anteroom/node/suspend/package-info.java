// SPDX-License-Identifier: Apache-2.0
/**
 * Suspended queries: the sharded entity, the local shards, keys, limits, and the origin's records.
 * How a query continues is decided in {@code query}, not here.
 */
@NullMarked
package io.anteroom.node.suspend;

import org.jspecify.annotations.NullMarked;
