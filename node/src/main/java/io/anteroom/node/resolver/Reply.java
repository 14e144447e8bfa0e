// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.upstream.AnswerSource;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

/**
 * An answer, whatever it says, and how it came.
 *
 * @param message with the id and the question of the query
 * @param source where it came from; null if from the query cache
 * @param size of the message in bytes
 * @param timeouts tries that timed out before
 * @param took from when it was asked for
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
