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
 * Answers of upstream servers, as they came in. Nothing that a rule or a filter did to an answer
 * for one client is ever in it. Safe for any thread; nothing waits but for a short while if several
 * threads put a lot in at once.
 *
 * <p>An answer is for one pool, name, type, class, RD, CD and DO bits, and client network where one
 * is told. One that says that a name does not exist is for all types of the name, and for the names
 * below it (RFC 8020).
 *
 * <h2>Bounds</h2>
 *
 * Bounded by bytes, as an estimate of what an entry takes of the heap: what is used least goes
 * first (W-TinyLFU), and nothing is refused. Answers whose time is up stay until they are replaced
 * or go that way. To watch over their times would cost a good part of an insertion, and they may be
 * needed yet (RFC 8767).
 */
public final class AnswerCache {
  /**
   * What an entry takes of the heap beside its name and what is stored: key and name, the answer's
   * object, headers of two arrays and what they are rounded up by, Caffeine's node, and the map's.
   */
  static final int OVERHEAD = 216;

  /**
   * Of the names above the one that is asked for, so many are looked at, from the top. Nobody needs
   * more, and a name of 127 labels should not cost a hundred lookups.
   */
  private static final int MAX_ANCESTORS = 12;

  private final LongSupplier nanoTime;
  private volatile long maxBytes;
  private final Pools pools;
  private final Counters<Counter> counters;
  private final RecentPurges purges = new RecentPurges();
  private final Cache<AnswerKey, CachedAnswer> entries;

  /**
   * An empty cache.
   *
   * @param maxBytes 0 for a cache that never holds anything
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
            // Maintenance is short and amortised; another thread would only cost a wake-up.
            .executor(Runnable::run)
            .build();
  }

  private static int weight(AnswerKey key, CachedAnswer answer) {
    return OVERHEAD + key.name().length() + answer.length();
  }

  /**
   * Has the cache do as these settings say from now on. What it holds stays, as far as there is
   * room.
   */
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
   * What the servers of a pool have said to this: an answer that is fresh or, if there is none and
   * the pool's settings allow it, one that is stale. Null if there is neither.
   *
   * @param now on the clock that the cache has
   */
  public @Nullable CachedAnswer find(String pool, WireQuery query, long now) {
    return find(pool, query, now, false);
  }

  /** The same for one who only looks: what is found is kept no longer for it. */
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

  /** What came last of the two; a name that has gone since must not come back with its answer. */
  private static @Nullable CachedAnswer last(
      @Nullable CachedAnswer answer, @Nullable CachedAnswer denial) {
    if (answer == null || answer.isFailure()) {
      return denial;
    }
    return denial != null && denial.isLaterThan(answer) ? denial : answer;
  }

  /** That the name, or one above it, does not exist; if nothing fresh says so, the name's own. */
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

  /** The answer for whoever asks this, if there is one that is fresh. */
  public byte @Nullable [] get(String pool, WireQuery query) {
    long now = nanoTime.getAsLong();
    CachedAnswer answer = find(pool, query, now);
    if (answer == null || !answer.isFresh(now)) {
      return null;
    }
    answer.hit();
    return answer.answer(query, now);
  }

  /** Takes an answer in; false if it is not one to be kept. */
  public boolean put(String pool, WireQuery query, WireAnswer answer) {
    return put(pool, query, answer, nanoTime.getAsLong());
  }

  /**
   * The same, unless a purge has meant it since it was asked for.
   *
   * @param askedNanos when that was
   */
  public boolean put(String pool, WireQuery query, WireAnswer answer, long askedNanos) {
    return put(pool, query, answer, askedNanos, null);
  }

  /**
   * The same for an answer that a client has waited for.
   *
   * @param copy what the client is given, whose TTLs are limited as those of what is kept; or null
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
        // What was true before is not to be given as stale later.
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

  /** Takes in that no server has answered this; false if it is not to be kept. */
  public boolean putFailure(String pool, WireQuery query) {
    Pools.Pool of = pools.get(pool);
    byte[] stored = AnswerStore.failure(Rcodes.SERVFAIL, of.settings().ttls());
    return maxBytes != 0
        && of.settings().on()
        && stored != null
        && putFailure(of, pool, query, stored);
  }

  /** RFC 9520; but an answer that may yet be given stays (RFC 8767 section 5). */
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
      // A purge that has begun meanwhile may have been past this place.
      kept = !purges.since(askedNanos, meant) || !entries.asMap().remove(key, made);
    }
    if (!kept) {
      counters.increment(Counter.CACHE_OUTDATED);
    }
    return kept;
  }

  /** Forgets everything. */
  public void clear() {
    entries.invalidateAll();
  }

  /**
   * Forgets what these mean, and what was asked before and is answered afterwards. It looks at
   * every entry, so it is not for an event loop.
   *
   * @return how many went for each; what several mean is counted for the first
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

  /** What says that a name above does not exist says so of the name too, and goes with it. */
  private boolean isMeant(AnswerKey key, Purge purge) {
    WireName name = purge.name();
    WireName about =
        isDenial(key) && name != null && name.isAtOrBelow(key.name()) ? name : key.name();
    return purge.isForAnswers() && purge.matches(about, key.type(), pools.name(key.pool()));
  }

  /** Some of the answers in it, in no order; also those whose time is up. */
  public List<CachedLine> list(int limit) {
    return list(limit, name -> true);
  }

  /** The same of names that are wanted. */
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

  /** How many answers it holds, about. */
  public long size() {
    return entries.estimatedSize();
  }

  /** What they take of the heap, about. */
  public long bytes() {
    return entries
        .policy()
        .eviction()
        .map(Policy.Eviction::weightedSize)
        .map(size -> size.orElse(0))
        .orElse(0L);
  }
}
