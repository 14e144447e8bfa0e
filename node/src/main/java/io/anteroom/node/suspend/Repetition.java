// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.config.AddressKey;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.KeyedHash;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A query as a client that sends it again sends it again: two are equal if client, id, name and
 * type are. It holds nothing but the query, since there is one for each that waits. Clients choose
 * all of it: see {@link KeyedHash}.
 */
class Repetition {
  private final Query query;

  Repetition(Query query) {
    this.query = query;
  }

  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof Repetition repetition && isSame(repetition.query);
  }

  private boolean isSame(Query other) {
    return query.wire().id() == other.wire().id()
        && query.wire().type() == other.wire().type()
        && query.client().equals(other.client())
        && query.wire().name().equals(other.wire().name());
  }

  @Override
  public final int hashCode() {
    InetSocketAddress client = query.client().address();
    long numbers =
        (long) client.getPort() << 32 | (long) query.wire().id() << 16 | query.wire().type();
    long address = AddressKey.of(client.getAddress()).longHash();
    return (int) KeyedHash.PROCESS.of(query.wire().name().longHash(), numbers, address);
  }
}
