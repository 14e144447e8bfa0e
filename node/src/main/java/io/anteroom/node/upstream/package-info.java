// SPDX-License-Identifier: Apache-2.0
/**
 * Sends queries to upstream DNS servers: pools, forwarders, their sockets and connections, retries.
 * Knows queries and answers, but neither clients nor caches nor rules.
 */
@NullMarked
package io.anteroom.node.upstream;

import org.jspecify.annotations.NullMarked;
