// SPDX-License-Identifier: Apache-2.0
/**
 * What all nodes must know: small tables that each may change and all see, also those that were
 * away for a moment. Knows of no query and no rule.
 */
@NullMarked
package io.anteroom.node.share;

import org.jspecify.annotations.NullMarked;
