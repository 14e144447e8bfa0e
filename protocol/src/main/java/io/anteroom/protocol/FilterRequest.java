// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.net.InetSocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks a filter instance for a verdict about one suspended query.
 *
 * @param client address and port of the client
 * @param tags the tags that earlier rules and verdicts set on the query
 * @param message the query, or in a response chain the answer, in wire format; must not be modified
 * @param remainingMicros how long the query still waits, in microseconds, counted from when the
 *     message is sent; a verdict that arrives later is ignored
 * @param operation what the query waits for instead of a verdict; null for a verdict. Only
 *     connectors on the same node carry out operations, so it is not sent to another process.
 * @param identity the name under which the node knows the client, such as a device or a customer;
 *     empty if it is not known. Older nodes do not send it.
 */
public record FilterRequest(
    SuspensionKey key,
    Stage stage,
    InetSocketAddress client,
    Transport transport,
    Map<String, String> tags,
    byte[] message,
    long remainingMicros,
    @Nullable Operation operation,
    String identity) {
  /** Maximum length of an identity in characters, each of which is printable ASCII. */
  public static final int MAX_IDENTITY = 128;

  /** A request for a verdict about a client whose identity is not known. */
  public FilterRequest(
      SuspensionKey key,
      Stage stage,
      InetSocketAddress client,
      Transport transport,
      Map<String, String> tags,
      byte[] message,
      long remainingMicros) {
    this(key, stage, client, transport, tags, message, remainingMicros, null, "");
  }
}
