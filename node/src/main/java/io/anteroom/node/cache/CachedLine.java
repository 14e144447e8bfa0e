// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.WireName;

/**
 * A line of a list of cached answers.
 *
 * @param type 0 for NXDOMAIN, which holds for all types
 * @param ttlSeconds the remaining lifetime; 0 or less if it has expired
 * @param bytes its approximate size in the cache
 * @param hits the approximate number of hits
 */
public record CachedLine(
    WireName name,
    int type,
    int dnsClass,
    String pool,
    int rcode,
    int ttlSeconds,
    int bytes,
    int hits) {}
