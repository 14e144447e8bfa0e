// SPDX-License-Identifier: Apache-2.0
/**
 * Asks DNS servers: pools, forwarders, their sockets and connections, retry. Knows queries and
 * answers, but neither clients nor caches nor rules.
 */
@NullMarked
package io.anteroom.node.upstream;

import org.jspecify.annotations.NullMarked;
