// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.anteroom.node.config.AddressKey;
import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
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
 * Verdicts of filters that still hold. A query that finds one here is not suspended. Safe for any
 * thread; bounded by bytes, and what was used least goes first.
 *
 * <h2>Whom a verdict is for</h2>
 *
 * Queries that come to the same rule of the same stage, for the same name, type, class and pool;
 * and from the same address, unless the filter said that it is for everyone. Tags that a query has
 * by then do not matter: a filter that decides by them must not let its verdict hold, or must see
 * that queries with other tags come to another rule. Rules that were read anew are other rules.
 *
 * <h2>Names below</h2>
 *
 * A verdict may hold for all names below its own. It is kept once, under its own name; a query that
 * finds nothing under its name looks for such a verdict under each name above, the nearest first.
 * While there is none of that kind, nobody looks.
 *
 * <h2>What must not come in</h2>
 *
 * A verdict that was asked for before a purge which means it, and comes after it: see {@link
 * RecentPurges}.
 */
public final class VerdictCache {
  /** What an entry costs beside its name and verdict: key, Caffeine's node, the map's slot. */
  private static final int OVERHEAD = 360;

  private final LongSupplier nanoTime;
  private volatile long maxBytes;
  private final RecentPurges purges = new RecentPurges();
  private final AtomicInteger subtrees = new AtomicInteger();
  private final LongAdder evicted = new LongAdder();
  private final Cache<Key, HeldVerdict> entries;

  /**
   * Whom a verdict is for. Clients choose the question and their address: see {@link KeyedHash}.
   *
   * @param generation of the rules, in which {@code rule} is an index
   * @param client null for everyone
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

    /** The client's; for everyone, the one that is nobody's. */
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

    /** A verdict about a name above is about the name too, and goes with it. */
    boolean isMeant(Purge purge, HeldVerdict held) {
      WireName below = purge.name();
      WireName about = held.subtree() && below != null && below.isAtOrBelow(name) ? below : name;
      return purge.isForVerdicts()
          && (purge.service() == Purge.ANY || purge.service() == service)
          && purge.matches(about, type, pool);
    }
  }

  /**
   * An empty cache.
   *
   * @param maxBytes 0 for a cache that never holds anything
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
            // Maintenance is short and amortised; another thread would only cost a wake-up.
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

  /** The verdict that holds for this query, so that it need not wait; null if there is none. */
  public @Nullable Verdict get(Outcome.Suspend suspend, Stage stage) {
    HeldVerdict held = find(suspend, stage, false);
    if (held == null) {
      return null;
    }
    held.hit();
    return held.at(nanoTime.getAsLong());
  }

  /** The same for one who only looks: nothing is counted, and it is kept no longer for it. */
  public @Nullable Verdict peek(Outcome.Suspend suspend, Stage stage) {
    HeldVerdict held = find(suspend, stage, true);
    return held == null ? null : held.at(nanoTime.getAsLong());
  }

  private @Nullable HeldVerdict find(Outcome.Suspend suspend, Stage stage, boolean quietly) {
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
   * Takes a verdict in, if it holds at all; false if it does not.
   *
   * @param query as it was when it was suspended
   * @param sinceNanos when that was
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
   * Forgets what these mean. It goes through all entries, so it is not for an event loop.
   *
   * @return how many went for each; what several mean is counted for the first
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

  /** Some of the verdicts in it, of names that are wanted, in no order. */
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

  /** How many verdicts it holds, about. */
  public long size() {
    return entries.estimatedSize();
  }

  /** What they take of memory by estimate, in bytes. */
  public long bytes() {
    return entries.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L);
  }

  public long maxBytes() {
    return maxBytes;
  }

  /** Has the cache hold so much from now on; what it holds stays, as far as there is room. */
  public void setMaxBytes(long next) {
    entries.policy().eviction().ifPresent(eviction -> eviction.setMaximum(next));
    maxBytes = next;
  }

  /** How many had to go before their time because there were too many. */
  public long evicted() {
    return evicted.sum();
  }
}
