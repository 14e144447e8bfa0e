// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

/**
 * An entry of a cache of one node.
 *
 * @param type "all" if it says that the name does not exist
 * @param content the rcode of an answer; the verdict
 * @param service whose verdict it is; empty for an answer
 * @param client whose queries the verdict is for, or "everyone"; empty for an answer
 * @param ttl seconds left; 0 for an answer that is kept though its time is up
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
