// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.config.AddressKey;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.KeyedHash;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Stage;
import java.net.InetAddress;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The key of a verdict. Clients choose the question and their address: see {@link KeyedHash}.
 *
 * @param generation the number of the rules; {@code rule} is an index into them
 * @param client null for all clients, or those of the identity
 * @param identity empty for any
 */
record VerdictKey(
    int service,
    Stage stage,
    int generation,
    int rule,
    WireName name,
    int type,
    int dnsClass,
    String pool,
    @Nullable InetAddress client,
    String identity)
    implements Comparable<VerdictKey> {
  private static final Comparator<VerdictKey> ORDER =
      Comparator.comparing(VerdictKey::name)
          .thenComparingInt(VerdictKey::type)
          .thenComparingInt(VerdictKey::dnsClass)
          .thenComparingInt(VerdictKey::rule)
          .thenComparingInt(VerdictKey::generation)
          .thenComparingInt(VerdictKey::service)
          .thenComparing(VerdictKey::stage)
          .thenComparing(VerdictKey::pool)
          .thenComparing(VerdictKey::address)
          .thenComparing(VerdictKey::identity);

  /** The key of a verdict that holds for these clients, one of which sent the query. */
  static VerdictKey of(Query query, int service, Stage stage, int rule, Holds.Scope scope) {
    return switch (scope) {
      case CLIENT -> of(query, service, stage, rule, query.client().address().getAddress(), "");
      case IDENTITY -> of(query, service, stage, rule, null, query.client().identity());
      case EVERYONE -> of(query, service, stage, rule, null, "");
    };
  }

  private static VerdictKey of(
      Query query,
      int service,
      Stage stage,
      int rule,
      @Nullable InetAddress client,
      String identity) {
    return new VerdictKey(
        service,
        stage,
        query.rules().generation(),
        rule,
        query.wire().name(),
        query.wire().type(),
        query.wire().dnsClass(),
        query.poolName(),
        client,
        identity);
  }

  VerdictKey at(WireName other) {
    return new VerdictKey(
        service, stage, generation, rule, other, type, dnsClass, pool, client, identity);
  }

  /** The key of a verdict for all clients with this identity; empty for everyone. */
  VerdictKey of(String other) {
    return new VerdictKey(
        service, stage, generation, rule, name, type, dnsClass, pool, null, other);
  }

  /** The client's address; for all clients, a key that no address has. */
  private AddressKey address() {
    return client == null ? new AddressKey(0, 0) : AddressKey.of(client);
  }

  @Override
  public int hashCode() {
    long where = (long) (31 * generation + rule) << 32 | (31 * service + stage.ordinal());
    long question = (long) dnsClass << 16 | type;
    long known = identity.isEmpty() ? 0 : KeyedHash.PROCESS.of(identity);
    long asker = KeyedHash.PROCESS.of(address().longHash() ^ known, question, pool.hashCode());
    return (int) KeyedHash.PROCESS.of(name.longHash(), where, asker);
  }

  @Override
  public int compareTo(VerdictKey other) {
    return ORDER.compare(this, other);
  }

  /**
   * A verdict for an ancestor may also hold for the name, so a purge of the name removes it too.
   */
  boolean isMeant(Purge purge, HeldVerdict held) {
    WireName below = purge.name();
    WireName about = held.subtree() && below != null && below.isAtOrBelow(name) ? below : name;
    return purge.isForVerdicts()
        && (purge.service() == Purge.ANY || purge.service() == service)
        && purge.matches(about, type, pool);
  }
}
