// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.upstream.EventLoopPool;
import java.util.concurrent.CompletionStage;

/**
 * The sockets of a resolver, until they are replaced. A retired channel accepts no further queries,
 * and closes when its queries have ended. Confined to the event loop.
 */
final class Channel {
  private final EventLoopPool pool;
  private int inFlight;
  private boolean retired;
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

  void began() {
    inFlight++;
  }

  void ended() {
    inFlight--;
    closeIfDone();
  }

  void retire() {
    retired = true;
    closeIfDone();
  }

  private void closeIfDone() {
    if (retired && inFlight == 0 && !closed) {
      var unused = close();
    }
  }

  CompletionStage<Void> close() {
    closed = true;
    return pool.close();
  }
}
