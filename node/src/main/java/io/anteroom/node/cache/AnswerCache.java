// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.anteroom.node.wire.AgingAnswer;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers of upstream servers, as they came in, until their TTL has run out. Nothing that a rule or
 * a filter did to an answer for one client is ever in it. Safe for any thread.
 *
 * <p>Bounded by bytes; what was used least goes first. An answer is for one pool, name, type,
 * class, and RD, CD and DO bits.
 */
public final class AnswerCache {
  /** What an entry costs beside its message: key, name, offsets, Caffeine's node. */
  private static final int OVERHEAD = 320;

  private static final int RD = 1;
  private static final int CD = 2;
  private static final int DO = 4;

  private final LongSupplier nanoTime;
  private final long maxBytes;
  private final long maxTtlSeconds;
  private final Cache<Key, Entry> entries;

  private record Key(String pool, WireName name, int type, int dnsClass, int flags) {
    static Key of(String pool, WireQuery query) {
      int flags =
          (query.recursionDesired() ? RD : 0)
              | (query.checkingDisabled() ? CD : 0)
              | (query.dnssecOk() ? DO : 0);
      return new Key(pool, query.name(), query.type(), query.dnsClass(), flags);
    }
  }

  private record Entry(AgingAnswer answer, long sinceNanos) {}

  /**
   * An empty cache.
   *
   * @param maxBytes 0 for a cache that never holds anything
   */
  public AnswerCache(long maxBytes, LongSupplier nanoTime) {
    this(maxBytes, AgingAnswer.MAX_TTL, nanoTime);
  }

  /**
   * The same, that keeps no answer for longer than so many seconds, and tells of no longer TTLs.
   *
   * @param maxTtlSeconds 0 for a cache that never holds anything
   */
  public AnswerCache(long maxBytes, long maxTtlSeconds, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.maxBytes = maxTtlSeconds == 0 ? 0 : maxBytes;
    this.maxTtlSeconds = maxTtlSeconds;
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .<Key, Entry>weigher((key, entry) -> entry.answer().length() + OVERHEAD)
            .expireAfter(
                Expiry.<Key, Entry>creating(
                    (key, entry) -> Duration.ofSeconds(entry.answer().ttlSeconds())))
            .ticker(nanoTime::getAsLong)
            // Maintenance is short and amortised; another thread would only cost a wake-up.
            .executor(Runnable::run)
            .build();
  }

  /** What an upstream server of this pool would answer; its TTLs have counted down meanwhile. */
  public @Nullable WireAnswer get(String pool, WireQuery query) {
    Entry entry = maxBytes == 0 ? null : entries.getIfPresent(Key.of(pool, query));
    return entry == null
        ? null
        : entry
            .answer()
            .after(TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong() - entry.sinceNanos()));
  }

  /** Takes an answer in; false if it is not one to be kept. */
  public boolean put(String pool, WireQuery query, WireAnswer answer) {
    AgingAnswer aging = maxBytes == 0 ? null : AgingAnswer.of(answer, maxTtlSeconds);
    if (aging == null) {
      return false;
    }
    entries.put(Key.of(pool, query), new Entry(aging, nanoTime.getAsLong()));
    return true;
  }

  /** Forgets everything. */
  public void clear() {
    entries.invalidateAll();
  }

  /** How many answers it holds, about. */
  public long size() {
    return entries.estimatedSize();
  }
}
