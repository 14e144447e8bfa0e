// SPDX-License-Identifier: Apache-2.0
/**
 * The cluster port, at which other members reach this node. It protects Pekko's own port, which has
 * no limits, and tells other nodes which cluster this node is in. This package does not know
 * queries.
 */
@NullMarked
package io.anteroom.node.port;

import org.jspecify.annotations.NullMarked;
