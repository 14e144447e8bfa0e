// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.WireName;

/** What a client that sends a query again sends again. */
record Repetition(Client client, int id, WireName name, int type) {
  static Repetition of(Query query) {
    return new Repetition(
        query.client(), query.wire().id(), query.wire().name(), query.wire().type());
  }
}
