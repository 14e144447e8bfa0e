// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.WireName;

/**
 * A line of a list of held verdicts.
 *
 * @param subtree whether it also holds for names below
 * @param service the asyncID
 * @param client the client for which it holds; empty for all clients, or those of the identity
 * @param identity of the clients for which it holds; empty for any
 * @param verdict a word for the kind of verdict
 * @param bytes its approximate size in the cache
 */
public record HeldLine(
    WireName name,
    boolean subtree,
    int type,
    String pool,
    int service,
    String client,
    String identity,
    String verdict,
    int secondsLeft,
    int bytes,
    long hits) {}
