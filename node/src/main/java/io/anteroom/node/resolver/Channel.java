// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.upstream.EventLoopPool;
import java.util.concurrent.CompletionStage;

/** The sockets of a resolver, until they are replaced. Confined to the event loop. */
final class Channel {
  private final EventLoopPool pool;
  private boolean closed;

  Channel(EventLoopPool pool) {
    this.pool = pool;
  }

  EventLoopPool pool() {
    return pool;
  }

  boolean isClosed() {
    return closed;
  }

  CompletionStage<Void> close() {
    closed = true;
    return pool.close();
  }
}
