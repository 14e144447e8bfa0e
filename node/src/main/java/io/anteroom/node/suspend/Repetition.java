// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.config.AddressKey;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.KeyedHash;
import io.anteroom.node.wire.WireQuery;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Identity of a retransmission: two queries are equal if client, message ID, QNAME and QTYPE are
 * equal, as the client sent them; a name changed by a verdict does not matter. It holds only a
 * reference to the query, because one exists per query that waits. Clients choose all these fields,
 * so the hash is keyed: see {@link KeyedHash}.
 */
public class Repetition {
  private final Query query;

  public Repetition(Query query) {
    this.query = query;
  }

  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof Repetition repetition && isSame(repetition.query);
  }

  private boolean isSame(Query other) {
    WireQuery mine = query.asked();
    WireQuery its = other.asked();
    return mine.id() == its.id()
        && mine.type() == its.type()
        && query.client().equals(other.client())
        && mine.name().equals(its.name());
  }

  @Override
  public final int hashCode() {
    InetSocketAddress client = query.client().address();
    WireQuery asked = query.asked();
    long numbers = (long) client.getPort() << 32 | (long) asked.id() << 16 | asked.type();
    long address = AddressKey.of(client.getAddress()).longHash();
    return (int) KeyedHash.PROCESS.of(asked.name().longHash(), numbers, address);
  }
}
