// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

/**
 * Size of the answer cache, and its counters since the node started.
 *
 * @param entries approximate number of answers, including expired ones
 * @param maxBytes 0 if the cache stores nothing
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
