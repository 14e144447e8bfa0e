// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.anteroom.node.config.AddressKey;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.wire.KeyedHash;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The verdict cache: verdicts of filters that still hold. A query that finds one is not suspended.
 * Thread-safe. Limited in bytes; the least used verdicts are evicted.
 *
 * <h2>Which queries a verdict applies to</h2>
 *
 * Queries that reach the same rule of the same stage, with the same name, type, class and pool, and
 * from the same address, unless the filter said that it holds for everyone. Tags are ignored: a
 * filter that decides by tags must not let its verdicts hold, unless queries with other tags reach
 * another rule. After a reload of the rules, all rules count as new ones.
 *
 * <h2>Names below</h2>
 *
 * A verdict may hold for all names below its own. It is stored once, under its own name. A query
 * without a match for its name looks for such a verdict at each ancestor, the nearest first. This
 * is skipped while there is no verdict of this kind.
 *
 * <h2>What must not be stored</h2>
 *
 * A verdict that was requested before a purge that covers it, and arrives after it: see {@link
 * RecentPurges}.
 */
public final class VerdictCache {
  /**
   * The memory of an entry besides its name and verdict: key, Caffeine's node, and the slot of the
   * map.
   */
  private static final int OVERHEAD = 360;

  private final LongSupplier nanoTime;
  private volatile long maxBytes;
  private final RecentPurges purges = new RecentPurges();
  private final AtomicInteger subtrees = new AtomicInteger();
  private final LongAdder evicted = new LongAdder();
  private final Cache<Key, HeldVerdict> entries;

  /**
   * The key of a verdict. Clients choose the question and their address: see {@link KeyedHash}.
   *
   * @param generation the number of the rules; {@code rule} is an index into them
   * @param client null for all clients
   */
  private record Key(
      int service,
      Stage stage,
      int generation,
      int rule,
      WireName name,
      int type,
      int dnsClass,
      String pool,
      @Nullable InetAddress client)
      implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparing(Key::name)
            .thenComparingInt(Key::type)
            .thenComparingInt(Key::dnsClass)
            .thenComparingInt(Key::rule)
            .thenComparingInt(Key::generation)
            .thenComparingInt(Key::service)
            .thenComparing(Key::stage)
            .thenComparing(Key::pool)
            .thenComparing(Key::address);

    static Key of(Query query, int service, Stage stage, int rule, @Nullable InetAddress client) {
      return new Key(
          service,
          stage,
          query.rules().generation(),
          rule,
          query.wire().name(),
          query.wire().type(),
          query.wire().dnsClass(),
          query.poolName(),
          client);
    }

    Key at(WireName other) {
      return new Key(service, stage, generation, rule, other, type, dnsClass, pool, client);
    }

    Key everyone() {
      return new Key(service, stage, generation, rule, name, type, dnsClass, pool, null);
    }

    /** The client's address; for all clients, a key that no address has. */
    private AddressKey address() {
      return client == null ? new AddressKey(0, 0) : AddressKey.of(client);
    }

    @Override
    public int hashCode() {
      long where = (long) (31 * generation + rule) << 32 | (31 * service + stage.ordinal());
      long question = (long) dnsClass << 16 | type;
      long asker = KeyedHash.PROCESS.of(address().longHash(), question, pool.hashCode());
      return (int) KeyedHash.PROCESS.of(name.longHash(), where, asker);
    }

    @Override
    public int compareTo(Key other) {
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

  /**
   * Creates an empty cache.
   *
   * @param maxBytes 0 for a cache that stores nothing
   */
  public VerdictCache(long maxBytes, LongSupplier nanoTime) {
    this.maxBytes = maxBytes;
    this.nanoTime = nanoTime;
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .<Key, HeldVerdict>weigher(VerdictCache::bytes)
            .expireAfter(
                Expiry.<Key, HeldVerdict>writing((key, held) -> Duration.ofSeconds(held.seconds())))
            .ticker(nanoTime::getAsLong)
            .evictionListener((key, held, cause) -> onEvicted(cause))
            .removalListener((key, held, cause) -> onRemoved(held))
            // Maintenance is short and amortized; another thread would only cost a wake-up.
            .executor(Runnable::run)
            .build();
  }

  private static int bytes(Key key, HeldVerdict held) {
    return OVERHEAD + key.name().length() + held.bytes();
  }

  private void onEvicted(RemovalCause cause) {
    if (cause == RemovalCause.SIZE) {
      evicted.increment();
    }
  }

  private void onRemoved(@Nullable HeldVerdict held) {
    if (held != null && held.subtree()) {
      subtrees.decrementAndGet();
    }
  }

  /** The held verdict for this query; null if there is none. */
  public @Nullable Verdict get(RuleOutcome.Suspend suspend, Stage stage) {
    HeldVerdict held = find(suspend, stage, false);
    if (held == null) {
      return null;
    }
    held.hit();
    return held.at(nanoTime.getAsLong());
  }

  /** Finds a held verdict without counting a hit or a use of the entry for eviction. */
  public @Nullable Verdict peek(RuleOutcome.Suspend suspend, Stage stage) {
    HeldVerdict held = find(suspend, stage, true);
    return held == null ? null : held.at(nanoTime.getAsLong());
  }

  private @Nullable HeldVerdict find(RuleOutcome.Suspend suspend, Stage stage, boolean quietly) {
    if (maxBytes == 0 || entries.estimatedSize() == 0) {
      return null;
    }
    Query query = suspend.query();
    InetAddress client = query.client().address().getAddress();
    Key key = Key.of(query, suspend.asyncId(), stage, suspend.rule(), client);
    HeldVerdict own = entry(key, quietly);
    HeldVerdict held = own == null ? entry(key.everyone(), quietly) : own;
    return held == null && subtrees.get() > 0 ? above(key, quietly) : held;
  }

  private @Nullable HeldVerdict above(Key key, boolean quietly) {
    for (int labels = key.name().labels() - 1; labels >= 0; labels--) {
      Key there = key.at(key.name().ancestor(labels));
      HeldVerdict own = entry(there, quietly);
      HeldVerdict held = own != null && own.subtree() ? own : entry(there.everyone(), quietly);
      if (held != null && held.subtree()) {
        return held;
      }
    }
    return null;
  }

  private @Nullable HeldVerdict entry(Key key, boolean quietly) {
    return quietly ? entries.policy().getIfPresentQuietly(key) : entries.getIfPresent(key);
  }

  /** What a verdict is, in a word or two. */
  public static String word(Verdict verdict) {
    return HeldVerdict.word(verdict.decision());
  }

  /**
   * Stores a verdict; false if it does not hold.
   *
   * @param query the query as it was when it was suspended
   * @param sinceNanos the time of the suspension
   */
  public boolean put(
      Query query, int service, Stage stage, int rule, Verdict verdict, long sinceNanos) {
    HeldVerdict held = maxBytes == 0 ? null : HeldVerdict.of(verdict, nanoTime.getAsLong());
    if (held == null) {
      return false;
    }
    boolean everyone = verdict.holds().scope() == Holds.Scope.EVERYONE;
    InetAddress client = everyone ? null : query.client().address().getAddress();
    Key key = Key.of(query, service, stage, rule, client);
    Predicate<Purge> meant = purge -> key.isMeant(purge, held);
    if (purges.since(sinceNanos, meant)) {
      return false;
    }
    if (held.subtree()) {
      subtrees.incrementAndGet();
    }
    entries.put(key, held);
    if (purges.since(sinceNanos, meant)) {
      entries.asMap().remove(key, held);
      return false;
    }
    return true;
  }

  /**
   * Removes the verdicts that these purges cover. It scans all entries, so it must not run on an
   * event loop.
   *
   * @return the number of removed verdicts for each purge; a verdict that several cover counts for
   *     the first
   */
  public long[] purge(List<Purge> meant) {
    long[] gone = new long[meant.size()];
    long now = nanoTime.getAsLong();
    meant.forEach(purge -> purges.add(purge, now));
    PurgeIndex index = new PurgeIndex(meant);
    entries
        .asMap()
        .entrySet()
        .removeIf(
            entry -> {
              Key key = entry.getKey();
              HeldVerdict held = entry.getValue();
              int by = index.first(key.name(), held.subtree(), purge -> key.isMeant(purge, held));
              if (by >= 0) {
                gone[by]++;
              }
              return by >= 0;
            });
    return gone;
  }

  /** Lists some of the verdicts of matching names, in no order. */
  public List<HeldLine> list(int limit, Predicate<WireName> wanted) {
    List<HeldLine> lines = new ArrayList<>();
    long now = nanoTime.getAsLong();
    for (Map.Entry<Key, HeldVerdict> entry : entries.asMap().entrySet()) {
      if (lines.size() >= limit) {
        break;
      }
      if (wanted.test(entry.getKey().name())) {
        lines.add(line(entry.getKey(), entry.getValue(), now));
      }
    }
    return lines;
  }

  private static HeldLine line(Key key, HeldVerdict held, long now) {
    InetAddress client = key.client();
    return new HeldLine(
        key.name(),
        held.subtree(),
        key.type(),
        key.pool(),
        key.service(),
        client == null ? "" : client.getHostAddress(),
        held.word(),
        held.secondsLeft(now),
        bytes(key, held),
        held.hits());
  }

  /** The approximate number of verdicts. */
  public long size() {
    return entries.estimatedSize();
  }

  /** The estimated memory of the verdicts in bytes. */
  public long bytes() {
    return entries.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L);
  }

  public long maxBytes() {
    return maxBytes;
  }

  /** Sets the limit; stored verdicts stay, as far as there is room. */
  public void setMaxBytes(long next) {
    entries.policy().eviction().ifPresent(eviction -> eviction.setMaximum(next));
    maxBytes = next;
  }

  /** The number of verdicts that were evicted before they expired. */
  public long evicted() {
    return evicted.sum();
  }
}
