// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.WireName;

/**
 * A verdict that holds, as a line of a list.
 *
 * @param subtree whether it is for names below too
 * @param service the asyncID
 * @param client whose queries it is for; empty for everyone's
 * @param verdict in a word
 * @param bytes what it takes of the cache, about
 */
public record HeldLine(
    WireName name,
    boolean subtree,
    int type,
    String pool,
    int service,
    String client,
    String verdict,
    int secondsLeft,
    int bytes,
    long hits) {}
