// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

/**
 * How full the answer cache is, and what has come of it since the node started.
 *
 * @param entries answers in it, about; also those whose time is up, until they are replaced
 * @param maxBytes 0 if it keeps nothing
 */
public record CacheStats(
    long entries,
    long bytes,
    long maxBytes,
    long hits,
    long misses,
    long inserts,
    long evictions,
    long staleHits,
    long prefetches) {}
