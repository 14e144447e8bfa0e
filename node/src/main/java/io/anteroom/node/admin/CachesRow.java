// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/** The caches of one node: their sizes, and their counters since the node started. */
record CachesRow(
    String node,
    long answers,
    long answerBytes,
    long answerMaxBytes,
    long hits,
    long misses,
    long inserts,
    long evictions,
    long staleHits,
    long prefetches,
    long verdicts,
    long verdictBytes,
    long verdictMaxBytes,
    long verdictHits,
    long verdictInserts,
    long verdictEvictions)
    implements AdminPage.Row {}
