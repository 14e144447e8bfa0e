// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.UpstreamCommand;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Events from channels, timers and other event loops for a {@link ServerPool}. */
sealed interface PoolEvent extends UpstreamCommand {

  /** A channel is open. */
  record Opened(UpstreamSocket wire) implements PoolEvent {}

  /** A channel could not be opened, has failed or was closed. */
  record Broken(UpstreamSocket wire, String cause) implements PoolEvent {}

  /**
   * A burst of messages arrived on a socket.
   *
   * @param waiting number of messages of this channel that the pool has not processed yet
   */
  record Received(UpstreamSocket wire, List<byte[]> messages, AtomicInteger waiting)
      implements PoolEvent {}

  /**
   * A query's stream has ended without an answer; its message id may be used again.
   *
   * @param unprocessed whether the server has not begun with the query
   * @param cause for logs
   */
  record StreamEnded(StreamConnection wire, int id, boolean unprocessed, String cause)
      implements PoolEvent {}

  /** The server takes no further queries on a connection; those in flight may be answered. */
  record Leaving(StreamConnection wire, String cause) implements PoolEvent {}

  /**
   * A request from another event loop for a question that this loop has in flight.
   *
   * @param until as in {@link ServerPool#ask}
   */
  record Join(PendingRequest pending, long until) implements PoolEvent {}

  /** New lookups use these servers. */
  record SetServers(List<ServerSettings> servers) implements PoolEvent {}

  /** Events that a pool sends to itself. */
  enum Signal implements PoolEvent {
    /** Entries of the wheel may be due. */
    TICK,
    /** The current burst has been processed: flush the sockets. */
    FLUSH,
    /** Start the health check of the servers. */
    CHECK
  }
}
