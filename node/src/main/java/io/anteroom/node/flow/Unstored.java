// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireAnswer;

/**
 * An answer of a server that the cache has not stored yet. Only the origin of the query knows it.
 *
 * @param answer as the server sent it
 * @param askedNanos when the server was asked
 * @param message what was made of it for the client; the array itself is in the query as long as no
 *     rule has changed the answer
 */
public record Unstored(WireAnswer answer, long askedNanos, byte[] message) {}
