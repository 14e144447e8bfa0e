// SPDX-License-Identifier: Apache-2.0
/**
 * The port by which other members reach this node: it guards the port of Pekko behind it, which has
 * no bounds, and answers members that ask which cluster the node is in. Knows of no query.
 */
@NullMarked
package io.anteroom.node.port;

import org.jspecify.annotations.NullMarked;
