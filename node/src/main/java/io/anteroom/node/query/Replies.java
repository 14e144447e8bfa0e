// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Client;

/** How a query ends: its listener sends the answer, or nothing. Exactly one call for each query. */
public interface Replies {
  /** Sends the answer; it fits the transport. */
  void answer(Client client, byte[] message);

  /** Ends the query without an answer. */
  void none(Client client);
}
