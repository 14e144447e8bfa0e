// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.WireName;

/**
 * An answer in the cache, as a line of a list.
 *
 * @param type 0 for an answer that holds for all types: the name does not exist
 * @param ttlSeconds what is left of its time; 0 or less if it is up
 * @param bytes what it takes of the cache, about
 * @param hits how often it was given, about
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
