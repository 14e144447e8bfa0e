// SPDX-License-Identifier: Apache-2.0
/**
 * Membership of the node in a cluster: it joins, detects lost members, finds them again, and moves
 * from one cluster to another, while its listeners, pools and caches go on. Knows nothing about
 * queries.
 */
@NullMarked
package io.anteroom.node.membership;

import org.jspecify.annotations.NullMarked;
