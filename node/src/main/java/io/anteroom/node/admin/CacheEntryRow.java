// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/**
 * A cache entry of one node.
 *
 * @param type the QTYPE, or "all" for NXDOMAIN
 * @param content the RCODE of an answer, or the verdict
 * @param service the filter service of the verdict; empty for an answer
 * @param client the client to which the verdict applies, or "everyone"; empty for an answer
 * @param ttl seconds left; 0 for an expired answer that is kept
 */
record CacheEntryRow(
    String node,
    String name,
    String type,
    String pool,
    String content,
    String service,
    String client,
    int ttl,
    int bytes,
    long hits)
    implements AdminPage.Row {}
