// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.wire.AnswerStore;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.StoredAnswer;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The answer cache: answers of upstream servers as they arrived. It never contains what a rule or a
 * filter made of an answer for one client. Thread-safe; threads wait only briefly, when several of
 * them insert many answers at the same time.
 *
 * <p>The key of an answer is pool, name, type, class, the bits RD, CD and DO, and the client subnet
 * if one was sent. NXDOMAIN is for all types of the name, and for the names below it (RFC 8020).
 *
 * <h2>Bounds</h2>
 *
 * The limit is in bytes, by an estimate of the heap that an entry takes. The least used entries are
 * evicted (W-TinyLFU), and no insertion is refused. Expired answers stay until they are replaced or
 * evicted: timers would add much to the cost of an insertion, and stale answers may still be needed
 * (RFC 8767).
 */
public final class AnswerCache {
  /**
   * The heap of an entry besides the bytes of its name and answer: key and name, the answer's
   * object, headers and padding of two arrays, and the nodes of Caffeine and of the map.
   */
  static final int OVERHEAD = 216;

  /**
   * How many ancestors of a name are looked up, from the top. More are not needed, and a name of
   * 127 labels must not cost a hundred look-ups.
   */
  private static final int MAX_ANCESTORS = 12;

  private final LongSupplier nanoTime;
  private volatile long maxBytes;
  private final Pools pools;
  private final Counters<Counter> counters;
  private final RecentPurges purges = new RecentPurges();
  private final Cache<AnswerKey, CachedAnswer> entries;

  /**
   * Creates an empty cache.
   *
   * @param maxBytes 0 for a cache that stores nothing
   * @param pools by name; others have the default settings
   */
  public AnswerCache(
      long maxBytes,
      Map<String, CacheSettings> pools,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    this.maxBytes = maxBytes;
    this.pools = new Pools(pools);
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .<AnswerKey, CachedAnswer>weigher((key, answer) -> weight(key, answer))
            .evictionListener((key, answer, cause) -> counters.increment(Counter.CACHE_EVICTIONS))
            // Maintenance is short and amortized; another thread would only cost a wake-up.
            .executor(Runnable::run)
            .build();
  }

  private static int weight(AnswerKey key, CachedAnswer answer) {
    return OVERHEAD + key.name().length() + answer.length();
  }

  /** Applies new settings. Stored answers stay, as far as there is room. */
  public void configure(long nextMaxBytes, Map<String, CacheSettings> nextPools) {
    pools.configure(nextPools);
    entries.policy().eviction().ifPresent(eviction -> eviction.setMaximum(nextMaxBytes));
    maxBytes = nextMaxBytes;
  }

  /** The settings of a pool. */
  public CacheSettings settings(String pool) {
    return pools.get(pool).settings();
  }

  /**
   * Finds a fresh answer of a pool or, if there is none and the pool's settings allow it, a stale
   * one. Null if there is neither.
   *
   * @param now the time on the cache's clock
   */
  public @Nullable CachedAnswer find(String pool, WireQuery query, long now) {
    return find(pool, query, now, false);
  }

  /** Finds an answer without counting as a use of the entry for eviction. */
  public @Nullable CachedAnswer peek(String pool, WireQuery query, long now) {
    return find(pool, query, now, true);
  }

  private @Nullable CachedAnswer find(String pool, WireQuery query, long now, boolean quietly) {
    Pools.Pool of = pools.get(pool);
    if (maxBytes == 0 || !of.settings().on()) {
      return null;
    }
    AnswerKey key = AnswerKey.of(of.id(), query);
    CachedAnswer answer = entry(key, quietly);
    if (answer != null && answer.isFresh(now)) {
      return answer;
    }
    CachedAnswer denial = denial(key, of.settings(), now, quietly);
    if (denial != null && denial.isFresh(now)) {
      return denial;
    }
    CachedAnswer last = last(answer, denial);
    return last != null && last.isStale(now, of.settings().stale()) ? last : null;
  }

  /** The newer of the two, so that an older answer is not used for a name that no longer exists. */
  private static @Nullable CachedAnswer last(
      @Nullable CachedAnswer answer, @Nullable CachedAnswer denial) {
    if (answer == null || answer.isFailure()) {
      return denial;
    }
    return denial != null && denial.isLaterThan(answer) ? denial : answer;
  }

  /**
   * A fresh NXDOMAIN for the name or one of its ancestors; otherwise the name's own entry, which
   * may be stale.
   */
  private @Nullable CachedAnswer denial(
      AnswerKey key, CacheSettings settings, long now, boolean quietly) {
    WireName name = key.name();
    CachedAnswer own = entry(key.forAllTypes(name), quietly);
    if (!settings.nxdomainCut() || (own != null && own.isFresh(now))) {
      return own;
    }
    for (int labels = Math.min(name.labels() - 1, MAX_ANCESTORS); labels > 0; labels--) {
      CachedAnswer above = entry(key.forAllTypes(name.ancestor(labels)), quietly);
      if (above != null && above.isFresh(now)) {
        return above;
      }
    }
    return own;
  }

  private @Nullable CachedAnswer entry(AnswerKey key, boolean quietly) {
    return quietly ? entries.policy().getIfPresentQuietly(key) : entries.getIfPresent(key);
  }

  /** The answer to this query, if there is a fresh one. */
  public byte @Nullable [] get(String pool, WireQuery query) {
    long now = nanoTime.getAsLong();
    CachedAnswer answer = find(pool, query, now);
    if (answer == null || !answer.isFresh(now)) {
      return null;
    }
    answer.hit();
    return answer.answer(query, now);
  }

  /** Stores an answer; false if it must not be cached. */
  public boolean put(String pool, WireQuery query, WireAnswer answer) {
    return put(pool, query, answer, nanoTime.getAsLong());
  }

  /**
   * Stores an answer, unless a purge since the query covers it.
   *
   * @param askedNanos the time of the query
   */
  public boolean put(String pool, WireQuery query, WireAnswer answer, long askedNanos) {
    return put(pool, query, answer, askedNanos, null);
  }

  /**
   * Stores an answer for which a client has waited.
   *
   * @param copy the client's copy, whose TTLs are set to those of the stored answer; or null
   */
  public boolean put(
      String pool, WireQuery query, WireAnswer answer, long askedNanos, byte @Nullable [] copy) {
    Pools.Pool of = pools.get(pool);
    if (maxBytes == 0 || !of.settings().on()) {
      return false;
    }
    AnswerStore store = new AnswerStore(answer, of.settings().ttls());
    byte[] stored = store.store();
    if (stored == null) {
      if (store.isUnrelated()) {
        counters.increment(Counter.CACHE_UNRELATED);
      } else if (!answer.truncated() && !answer.isFailure()) {
        // The previous answer must not be used as a stale one later.
        AnswerKey key = AnswerKey.of(of.id(), query);
        entries.asMap().remove(key);
        entries.asMap().remove(key.forAllTypes(key.name()));
      }
      return false;
    }
    if (StoredAnswer.isFailure(stored)) {
      return putFailure(of, pool, query, stored);
    }
    if (copy != null) {
      store.limit(copy);
    }
    AnswerKey key = AnswerKey.of(of.id(), query);
    return put(store.isDenial() ? key.forAllTypes(key.name()) : key, stored, askedNanos);
  }

  /** Stores that no server answered; false if this must not be cached. */
  public boolean putFailure(String pool, WireQuery query) {
    Pools.Pool of = pools.get(pool);
    byte[] stored = AnswerStore.failure(Rcodes.SERVFAIL, of.settings().ttls());
    return maxBytes != 0
        && of.settings().on()
        && stored != null
        && putFailure(of, pool, query, stored);
  }

  /**
   * Stores a failure (RFC 9520), but does not replace an answer that is still usable (RFC 8767
   * section 5).
   */
  private boolean putFailure(Pools.Pool of, String pool, WireQuery query, byte[] stored) {
    CachedAnswer there = find(pool, query, nanoTime.getAsLong());
    if (there != null && !there.isFailure()) {
      return false;
    }
    counters.increment(Counter.CACHE_FAILURES);
    return put(AnswerKey.of(of.id(), query), stored, nanoTime.getAsLong());
  }

  private boolean put(AnswerKey key, byte[] stored, long askedNanos) {
    Predicate<Purge> meant = purge -> isMeant(key, purge);
    CachedAnswer made = new CachedAnswer(stored, nanoTime.getAsLong());
    boolean kept = !purges.since(askedNanos, meant);
    if (kept) {
      entries.put(key, made);
      // A purge that has started since may already have passed this entry.
      kept = !purges.since(askedNanos, meant) || !entries.asMap().remove(key, made);
    }
    if (!kept) {
      counters.increment(Counter.CACHE_OUTDATED);
    }
    return kept;
  }

  /** Removes all answers. */
  public void clear() {
    entries.invalidateAll();
  }

  /**
   * Removes the answers that these purges cover, and keeps out answers to queries from before. It
   * scans all entries, so it must not run on an event loop.
   *
   * @return the number of removed answers for each purge; an answer that several cover counts for
   *     the first
   */
  public long[] purge(List<Purge> meant) {
    long[] gone = new long[meant.size()];
    long now = nanoTime.getAsLong();
    meant.forEach(purge -> purges.add(purge, now));
    PurgeIndex index = new PurgeIndex(meant);
    for (AnswerKey key : entries.asMap().keySet()) {
      int by = index.first(key.name(), isDenial(key), purge -> isMeant(key, purge));
      if (by >= 0 && entries.asMap().remove(key) != null) {
        gone[by]++;
      }
    }
    return gone;
  }

  private static boolean isDenial(AnswerKey key) {
    return key.type() == AnswerKey.ALL_TYPES;
  }

  /** NXDOMAIN for an ancestor also covers the name, so a purge of the name removes it too. */
  private boolean isMeant(AnswerKey key, Purge purge) {
    WireName name = purge.name();
    WireName about =
        isDenial(key) && name != null && name.isAtOrBelow(key.name()) ? name : key.name();
    return purge.isForAnswers() && purge.matches(about, key.type(), pools.name(key.pool()));
  }

  /** Lists some of the answers, in no order, including expired ones. */
  public List<CachedLine> list(int limit) {
    return list(limit, name -> true);
  }

  /** Lists some of the answers of matching names. */
  public List<CachedLine> list(int limit, Predicate<WireName> wanted) {
    List<CachedLine> lines = new ArrayList<>();
    long now = nanoTime.getAsLong();
    for (Map.Entry<AnswerKey, CachedAnswer> entry : entries.asMap().entrySet()) {
      if (lines.size() >= limit) {
        break;
      }
      if (wanted.test(entry.getKey().name())) {
        lines.add(line(entry.getKey(), entry.getValue(), now));
      }
    }
    return lines;
  }

  private CachedLine line(AnswerKey key, CachedAnswer answer, long now) {
    return new CachedLine(
        key.name(),
        key.type(),
        key.dnsClass(),
        pools.name(key.pool()),
        answer.rcode(),
        answer.ttlSeconds(now),
        weight(key, answer),
        answer.hits());
  }

  public CacheStats stats() {
    return new CacheStats(
        size(),
        bytes(),
        maxBytes,
        counters.get(Counter.CACHE_HITS),
        counters.get(Counter.CACHE_MISSES),
        counters.get(Counter.CACHE_INSERTS),
        counters.get(Counter.CACHE_EVICTIONS),
        counters.get(Counter.CACHE_STALE),
        counters.get(Counter.CACHE_PREFETCHES));
  }

  /** The approximate number of answers. */
  public long size() {
    return entries.estimatedSize();
  }

  /** The approximate heap size of the answers in bytes. */
  public long bytes() {
    return entries
        .policy()
        .eviction()
        .map(Policy.Eviction::weightedSize)
        .map(size -> size.orElse(0))
        .orElse(0L);
  }
}
