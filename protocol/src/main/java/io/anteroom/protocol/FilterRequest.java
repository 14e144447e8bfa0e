// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.net.InetSocketAddress;
import java.util.Map;

/**
 * Asks a filter instance for a verdict about one suspended query.
 *
 * @param client address and port of the client
 * @param tags the tags that earlier rules and verdicts set on the query
 * @param message the query, or in a response chain the answer, in wire format; must not be modified
 * @param remainingMicros how long the query still waits, in microseconds, counted from when the
 *     message is sent; a verdict that arrives later is ignored
 */
public record FilterRequest(
    SuspensionKey key,
    Stage stage,
    InetSocketAddress client,
    Transport transport,
    Map<String, String> tags,
    byte[] message,
    long remainingMicros) {}
