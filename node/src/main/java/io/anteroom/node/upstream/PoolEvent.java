// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.UpstreamCommand;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What channels and timers tell a {@link ServerPool}. */
sealed interface PoolEvent extends UpstreamCommand {

  /** A channel is open. */
  record Opened(UpstreamSocket wire) implements PoolEvent {}

  /** A channel could not be opened, has failed or was closed. */
  record Broken(UpstreamSocket wire, String cause) implements PoolEvent {}

  /**
   * A burst of messages came in.
   *
   * @param waiting counts the bursts of this channel that have not been taken yet
   */
  record Received(UpstreamSocket wire, List<byte[]> messages, AtomicInteger waiting)
      implements PoolEvent {}

  /**
   * Somebody asked on another event loop what this one has in flight.
   *
   * @param until as in {@link ServerPool#ask}
   */
  record Join(PendingRequest pending, long until) implements PoolEvent {}

  /** Lookups from now on ask these servers. */
  record SetServers(List<ServerSettings> servers) implements PoolEvent {}

  /** What a pool tells itself. */
  enum Signal implements PoolEvent {
    /** Something may be due. */
    TICK,
    /** The burst at hand is over. */
    FLUSH,
    /** It is time to check the servers. */
    CHECK
  }
}
