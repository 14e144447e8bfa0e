// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Client;

/** Counts the calls to the listener's replies, so that one can see whether a query has ended. */
final class CountedReplies implements Replies {
  private final Replies listener;
  private long given;

  CountedReplies(Replies listener) {
    this.listener = listener;
  }

  /** The number of queries that have ended. */
  long given() {
    return given;
  }

  @Override
  public void answer(Client client, byte[] message) {
    given++;
    listener.answer(client, message);
  }

  @Override
  public void none(Client client) {
    given++;
    listener.none(client);
  }
}
