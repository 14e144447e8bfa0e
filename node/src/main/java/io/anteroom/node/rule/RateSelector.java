// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.flow.Query;
import io.anteroom.node.rate.KeyedHash;
import io.anteroom.node.rate.RateTable;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Queries of a client, or for a name, beyond so many a second: a token bucket for each. The counts
 * are of this node, over all its event loops; any thread may ask, nothing is allocated, and the
 * table is of a fixed size, from which what was not asked for longest goes first.
 *
 * <p>A query counts each time that it reaches the rule: once, unless a verdict starts it again. So
 * what stands beside a rate in one {@code match} is looked at first.
 */
public final class RateSelector implements Selector {
  /** Clients and names that had to go before they could be forgotten, of all rules together. */
  private static final LongAdder EVICTED = new LongAdder();

  private static final int DEFAULT_ENTRIES = 1 << 16;
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

  static RateSelector ofClient(
      double perSecond,
      double burst,
      int ipv4Prefix,
      int ipv6Prefix,
      int entries,
      LongSupplier nanoTime) {
    KeyedHash hash = KeyedHash.random();
    return new RateSelector(
        table(perSecond, burst, entries, nanoTime),
        query -> client(query, ipv4Prefix, ipv6Prefix, hash),
        nanoTime);
  }

  /**
   * Of a name.
   *
   * @param labels how many labels of the end of a name make it, 0 for all
   */
  static RateSelector ofName(
      double perSecond, double burst, int labels, int entries, LongSupplier nanoTime) {
    int counted = labels == 0 ? Integer.MAX_VALUE : labels;
    KeyedHash hash = KeyedHash.random();
    return new RateSelector(
        table(perSecond, burst, entries, nanoTime),
        query -> hash.of(query.wire().name().hashOfLast(counted), 0, 0),
        nanoTime);
  }

  private static RateTable table(
      double perSecond, double burst, int entries, LongSupplier nanoTime) {
    return new RateTable(entries, perSecond, burst, 1, nanoTime.getAsLong(), EVICTED::increment);
  }

  private static long client(Query query, int ipv4Prefix, int ipv6Prefix, KeyedHash hash) {
    InetAddress address = query.client().address().getAddress();
    long high = Netmask.high(address);
    long low = Netmask.low(address);
    int prefix = Netmask.prefix128(high, low, ipv4Prefix, ipv6Prefix);
    return hash.of(high & Netmask.highMask(prefix), low & Netmask.lowMask(prefix), prefix);
  }

  /** How many entries all rates of this process have evicted. */
  public static long evicted() {
    return EVICTED.sum();
  }

  /** Reads {@code client-rate}. */
  static RateSelector readClientRate(SettingsReader block) {
    Rate rate = rate(block);
    return ofClient(
        rate.perSecond,
        rate.burst,
        block.integer("ipv4-prefix", 32, 1, 32),
        block.integer("ipv6-prefix", 64, 1, 128),
        entries(block),
        System::nanoTime);
  }

  /** Reads {@code name-rate}. */
  static RateSelector readNameRate(SettingsReader block) {
    Rate rate = rate(block);
    return ofName(
        rate.perSecond,
        rate.burst,
        block.integer("labels", 0, 0, MAX_LABELS),
        entries(block),
        System::nanoTime);
  }

  private record Rate(double perSecond, int burst) {}

  /** At once there may be as many as in the time that the rate is given for. */
  private static Rate rate(SettingsReader block) {
    block.require("above");
    int above = block.integer("above", MAX_RATE, 1, MAX_RATE);
    Duration per = block.duration("per", SECOND, SECOND, Duration.ofHours(1));
    return new Rate(above * 1000.0 / per.toMillis(), block.integer("burst", above, 1, MAX_RATE));
  }

  private static int entries(SettingsReader block) {
    return block.integer("max-entries", DEFAULT_ENTRIES, 1 << 10, MAX_ENTRIES);
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
