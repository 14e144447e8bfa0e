// SPDX-License-Identifier: Apache-2.0
/**
 * The example filter service: it refuses the names on a list. Like any other filter, it uses only
 * {@code io.anteroom.protocol} and nothing of the node.
 */
@NullMarked
package io.anteroom.node.blocklist;

import org.jspecify.annotations.NullMarked;
