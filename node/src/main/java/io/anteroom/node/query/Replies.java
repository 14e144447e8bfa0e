// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Client;

/** How a listener takes back what became of a query. Exactly one call for each query. */
public interface Replies {
  /** Sends the answer; it fits the transport. */
  void answer(Client client, byte[] message);

  /** There will be no answer. */
  void none(Client client);
}
