// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.flow.Query;
import io.anteroom.node.rate.RateTable;
import io.anteroom.node.wire.KeyedHash;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Matches queries above a rate: of a client, for a name, or all together, with a token bucket for
 * each. It counts on this node, for all event loops together. Thread-safe; allocates nothing. The
 * table has a fixed size; the entry that was idle longest is evicted.
 *
 * <p>A query counts each time that it reaches the rule: once, unless a verdict starts it again. The
 * other keys of a {@code match} are checked first, so that only queries that match them count.
 */
final class RateSelector implements Selector {
  private static final int DEFAULT_ENTRIES = 1 << 16;
  private static final int MIN_ENTRIES = 1 << 10;
  private static final int MAX_ENTRIES = 1 << 22;
  private static final int MAX_RATE = 1_000_000;
  private static final int MAX_LABELS = 127;
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final RateTable table;
  private final ToLongFunction<Query> key;
  private final LongSupplier nanoTime;

  private RateSelector(RateTable table, ToLongFunction<Query> key, LongSupplier nanoTime) {
    this.table = table;
    this.key = key;
    this.nanoTime = nanoTime;
  }

  /**
   * Reads the block {@code client-rate}.
   *
   * @param onEvict is called for each evicted client
   */
  static RateSelector ofClient(SettingsReader block, Runnable onEvict) {
    Rate rate = rate(block);
    int ipv4 = block.integer("ipv4-prefix", 32, 1, 32);
    int ipv6 = block.integer("ipv6-prefix", 64, 1, 128);
    boolean byIdentity = block.word("by", false, Map.of("address", false, "identity", true));
    return byIdentity
        ? ofIdentity(rate, ipv4, ipv6, onEvict, System::nanoTime)
        : ofClient(rate, ipv4, ipv6, onEvict, System::nanoTime);
  }

  static RateSelector ofClient(
      Rate rate, int ipv4Prefix, int ipv6Prefix, Runnable onEvict, LongSupplier nanoTime) {
    KeyedHash hash = KeyedHash.random();
    return new RateSelector(
        rate.table(onEvict, nanoTime),
        query -> client(query, ipv4Prefix, ipv6Prefix, hash),
        nanoTime);
  }

  /** The same, but clients with the same identity count together, whatever their addresses. */
  static RateSelector ofIdentity(
      Rate rate, int ipv4Prefix, int ipv6Prefix, Runnable onEvict, LongSupplier nanoTime) {
    KeyedHash hash = KeyedHash.random();
    return new RateSelector(
        rate.table(onEvict, nanoTime),
        query -> {
          String identity = query.client().identity();
          return identity.isEmpty()
              ? client(query, ipv4Prefix, ipv6Prefix, hash)
              : hash.of(identity);
        },
        nanoTime);
  }

  /**
   * Reads the block {@code name-rate}.
   *
   * @param onEvict is called for each evicted name
   */
  static RateSelector ofName(SettingsReader block, Runnable onEvict) {
    return ofName(
        rate(block), block.integer("labels", 0, 0, MAX_LABELS), onEvict, System::nanoTime);
  }

  /**
   * Creates a selector for names.
   *
   * @param labels how many of its last labels identify a name; 0 for all
   */
  static RateSelector ofName(Rate rate, int labels, Runnable onEvict, LongSupplier nanoTime) {
    int counted = labels == 0 ? Integer.MAX_VALUE : labels;
    KeyedHash hash = KeyedHash.random();
    return new RateSelector(
        rate.table(onEvict, nanoTime),
        query -> hash.of(query.wire().name().hashOfLast(counted), 0, 0),
        nanoTime);
  }

  /** Reads the block {@code rate}, which is about all queries together. */
  static RateSelector ofAll(SettingsReader block) {
    return ofAll(rate(block, MIN_ENTRIES), System::nanoTime);
  }

  static RateSelector ofAll(Rate rate, LongSupplier nanoTime) {
    return new RateSelector(rate.table(() -> {}, nanoTime), query -> 1, nanoTime);
  }

  private static long client(Query query, int ipv4Prefix, int ipv6Prefix, KeyedHash hash) {
    InetAddress address = query.client().address().getAddress();
    long high = Netmask.high(address);
    long low = Netmask.low(address);
    int prefix = Netmask.prefix128(high, low, ipv4Prefix, ipv6Prefix);
    return hash.of(high & Netmask.highMask(prefix), low & Netmask.lowMask(prefix), prefix);
  }

  /** A rate and the maximum number of clients or names. */
  record Rate(double perSecond, int burst, int entries) {
    RateTable table(Runnable onEvict, LongSupplier nanoTime) {
      return new RateTable(entries, perSecond, burst, 1, nanoTime.getAsLong(), onEvict);
    }
  }

  /** Reads a rate; the default burst is the number of queries per period. */
  private static Rate rate(SettingsReader block) {
    return rate(block, block.integer("max-entries", DEFAULT_ENTRIES, MIN_ENTRIES, MAX_ENTRIES));
  }

  private static Rate rate(SettingsReader block, int entries) {
    block.require("above");
    int above = block.integer("above", MAX_RATE, 1, MAX_RATE);
    Duration per = block.duration("per", SECOND, SECOND, Duration.ofHours(1));
    return new Rate(
        above * 1000.0 / per.toMillis(), block.integer("burst", above, 1, MAX_RATE), entries);
  }

  @Override
  public boolean matches(Query query) {
    return table.take(key.applyAsLong(query), nanoTime.getAsLong()) != RateTable.WITHIN;
  }

  @Override
  public boolean wouldMatch(Query query) {
    return table.isAbove(key.applyAsLong(query), nanoTime.getAsLong());
  }
}
