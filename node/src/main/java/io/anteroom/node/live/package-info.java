// SPDX-License-Identifier: Apache-2.0
/**
 * What changes while a node runs: its configuration, read again, and the rules as operators have
 * changed them on all nodes. What is here runs on a thread of its own, which may read and write
 * files; the way of a query only ever looks at what {@link io.anteroom.node.live.Live} holds.
 */
@NullMarked
package io.anteroom.node.live;

import org.jspecify.annotations.NullMarked;
