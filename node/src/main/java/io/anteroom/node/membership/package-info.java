// SPDX-License-Identifier: Apache-2.0
/**
 * How a node is a member of a cluster, and of which: it joins, loses others, finds them again, and
 * goes from one cluster to another, while its listeners, pools and caches go on. Knows of no query.
 */
@NullMarked
package io.anteroom.node.membership;

import org.jspecify.annotations.NullMarked;
