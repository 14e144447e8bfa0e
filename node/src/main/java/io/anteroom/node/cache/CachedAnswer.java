// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.StoredAnswer;
import io.anteroom.node.wire.WireQuery;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * An entry of the answer cache. The answer is immutable; the entry also has an approximate count of
 * hits and the time of the next refresh. Thread-safe.
 *
 * <p>Times are nanoseconds on the cache's clock. The object stores seconds since the answer
 * arrived, to save memory.
 */
public final class CachedAnswer {
  private static final AtomicIntegerFieldUpdater<CachedAnswer> REFRESH_AT =
      AtomicIntegerFieldUpdater.newUpdater(CachedAnswer.class, "refreshAt");

  /** The last part of its lifetime (one tenth), in which a popular answer is refreshed. */
  private static final int LAST_PART = 10;

  private final byte[] stored;
  private final long sinceNanos;

  /** Increments may be lost; the count only distinguishes popular answers from others. */
  private int hits;

  /** The earliest time of the next refresh; set by the caller that refreshes. */
  private volatile int refreshAt;

  /** Until when the servers are not queried, because they failed. */
  private volatile int failedUntil;

  CachedAnswer(byte[] stored, long sinceNanos) {
    this.stored = stored;
    this.sinceNanos = sinceNanos;
  }

  /** Whether it has not expired. */
  public boolean isFresh(long now) {
    return now - sinceNanos < lifeNanos();
  }

  boolean isStale(long now, CacheSettings.Stale settings) {
    long past = now - sinceNanos - lifeNanos();
    return past >= 0 && past < settings.keep().toNanos() && !isFailure();
  }

  /** Whether it is a cached failure (RFC 9520). */
  public boolean isFailure() {
    return StoredAnswer.isFailure(stored);
  }

  public int rcode() {
    return StoredAnswer.rcode(stored);
  }

  /** The answer to this query, with reduced TTLs. */
  public byte[] answer(WireQuery query, long now) {
    return StoredAnswer.aged(stored, query, age(now));
  }

  /** The expired answer, with this TTL. */
  public byte[] staleAnswer(WireQuery query, int ttlSeconds) {
    return StoredAnswer.withTtl(stored, query, ttlSeconds);
  }

  /** Whether it is in the last tenth of its lifetime, and is not a failure. */
  public boolean isEnding(long now) {
    long life = lifeNanos();
    return now - sinceNanos >= life - life / LAST_PART && rcode() == Rcodes.NOERROR;
  }

  /** Returns true to one caller within this many seconds; that caller must refresh the answer. */
  public boolean claimRefresh(long now, int seconds) {
    int age = age(now);
    int at = refreshAt;
    return at <= age && REFRESH_AT.compareAndSet(this, at, age + Math.max(1, seconds));
  }

  /** The refresh failed; the servers are not queried for this many seconds. */
  public void refreshFailed(long now, int seconds) {
    failedUntil = age(now) + seconds;
    refreshAt = failedUntil;
  }

  /** Whether a refresh is in progress. */
  public boolean isBeingRefreshed(long now) {
    int age = age(now);
    return age < refreshAt && age >= failedUntil;
  }

  /** Whether the servers failed recently and must not be queried yet. */
  public boolean hasFailed(long now) {
    return age(now) < failedUntil;
  }

  boolean isLaterThan(CachedAnswer other) {
    return sinceNanos - other.sinceNanos > 0;
  }

  /** Whether it arrived after this time. */
  public boolean isSince(long nanos) {
    return sinceNanos - nanos >= 0;
  }

  /** The remaining lifetime, rounded up; 0 or less if it has expired. */
  int ttlSeconds(long now) {
    return StoredAnswer.lifeSeconds(stored) - age(now);
  }

  /** Counts a hit. */
  public void hit() {
    hits++;
  }

  /** The approximate number of hits. */
  public int hits() {
    return hits;
  }

  int length() {
    return stored.length;
  }

  private int age(long now) {
    return (int) TimeUnit.NANOSECONDS.toSeconds(now - sinceNanos);
  }

  private long lifeNanos() {
    return TimeUnit.SECONDS.toNanos(StoredAnswer.lifeSeconds(stored));
  }
}
