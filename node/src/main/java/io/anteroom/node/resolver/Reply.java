// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.upstream.AnswerSource;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

/**
 * An answer of any kind, and information about its arrival.
 *
 * @param message the message, with the id and the question of the query
 * @param source the source of the answer; null if it is from the query cache
 * @param size the size of the message in bytes
 * @param timeouts the number of earlier tries that timed out
 * @param took the time since the query
 */
public record Reply(
    Message message, @Nullable AnswerSource source, int size, int timeouts, Duration took) {

  /** The server that answered; empty if the answer was in the query cache. */
  public Optional<InetSocketAddress> server() {
    return Optional.ofNullable(source).map(AnswerSource::server);
  }

  public Status status() {
    return Status.of(message);
  }
}
