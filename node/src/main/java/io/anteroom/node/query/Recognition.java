// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Client;
import io.anteroom.node.wire.WireQuery;

/** Finds out who the client is that sent a query, before rules see it. */
@FunctionalInterface
public interface Recognition {
  /** Knows nobody. */
  Recognition NONE = (query, client) -> client;

  /** The client, with its identity if that can be told. */
  Client recognize(WireQuery query, Client client);
}
