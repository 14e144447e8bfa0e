// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.config.AddressKey;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.KeyedHash;
import io.anteroom.node.wire.WireQuery;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a retransmission: two queries are equal if client, id, name and type are, as the
 * client sent them, whatever verdicts have made of the name since. It holds nothing but the query,
 * since there is one for each that waits. Clients choose all of it: see {@link KeyedHash}.
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
