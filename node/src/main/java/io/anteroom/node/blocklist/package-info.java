// SPDX-License-Identifier: Apache-2.0
/**
 * The example filter service, a list of names that are refused. It uses what any filter can use,
 * which is {@code io.anteroom.protocol}, and nothing of the node.
 */
@NullMarked
package io.anteroom.node.blocklist;

import org.jspecify.annotations.NullMarked;
