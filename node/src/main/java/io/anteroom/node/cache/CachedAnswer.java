// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.StoredAnswer;
import io.anteroom.node.wire.WireQuery;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * An answer in the cache. What it says is immutable; beside that it counts its hits, about, and
 * knows when it may be fetched anew. Safe for any thread.
 *
 * <p>Times are nanoseconds on the cache's clock; what is in the object is seconds since the answer
 * came, as there may be millions.
 */
public final class CachedAnswer {
  private static final AtomicIntegerFieldUpdater<CachedAnswer> REFRESH_AT =
      AtomicIntegerFieldUpdater.newUpdater(CachedAnswer.class, "refreshAt");

  /** Of its life, in which it is fetched anew if it is asked for often. */
  private static final int LAST_PART = 10;

  private final byte[] stored;
  private final long sinceNanos;

  /** Increments may get lost: it is about often or seldom. */
  private int hits;

  /** Nobody is to fetch it before; whoever does sets it. */
  private volatile int refreshAt;

  /** Until when the servers are not asked, since they have failed. */
  private volatile int failedUntil;

  CachedAnswer(byte[] stored, long sinceNanos) {
    this.stored = stored;
    this.sinceNanos = sinceNanos;
  }

  /** Whether its time is not yet up. */
  public boolean isFresh(long now) {
    return now - sinceNanos < lifeNanos();
  }

  boolean isStale(long now, CacheSettings.Stale settings) {
    long past = now - sinceNanos - lifeNanos();
    return past >= 0 && past < settings.keep().toNanos() && !isFailure();
  }

  /** Whether it says that there was no answer (RFC 9520). */
  public boolean isFailure() {
    return StoredAnswer.isFailure(stored);
  }

  public int rcode() {
    return StoredAnswer.rcode(stored);
  }

  /** The answer for whoever asks this, its TTLs counted down. */
  public byte[] answer(WireQuery query, long now) {
    return StoredAnswer.aged(stored, query, age(now));
  }

  /** The answer though its time is up, with this TTL. */
  public byte[] staleAnswer(WireQuery query, int ttlSeconds) {
    return StoredAnswer.withTtl(stored, query, ttlSeconds);
  }

  /** Whether it is in the last tenth of its life, and says that there is something. */
  public boolean isEnding(long now) {
    long life = lifeNanos();
    return now - sinceNanos >= life - life / LAST_PART && rcode() == Rcodes.NOERROR;
  }

  /** True for one caller until that many seconds have passed: it is his to fetch it anew. */
  public boolean claimRefresh(long now, int seconds) {
    int age = age(now);
    int at = refreshAt;
    return at <= age && REFRESH_AT.compareAndSet(this, at, age + Math.max(1, seconds));
  }

  /** It could not be fetched, and the servers are left alone for that many seconds. */
  public void refreshFailed(long now, int seconds) {
    failedUntil = age(now) + seconds;
    refreshAt = failedUntil;
  }

  /** Whether somebody is fetching it. */
  public boolean isBeingRefreshed(long now) {
    int age = age(now);
    return age < refreshAt && age >= failedUntil;
  }

  /** Whether the servers have failed of late, and are not to be asked yet. */
  public boolean hasFailed(long now) {
    return age(now) < failedUntil;
  }

  boolean isLaterThan(CachedAnswer other) {
    return sinceNanos - other.sinceNanos > 0;
  }

  /** Whether it came after that time. */
  public boolean isSince(long nanos) {
    return sinceNanos - nanos >= 0;
  }

  /** What is left of its time, rounded up; not above 0 if it is up. */
  int ttlSeconds(long now) {
    return StoredAnswer.lifeSeconds(stored) - age(now);
  }

  /** Counts that it is given to a client. */
  public void hit() {
    hits++;
  }

  /** How often it was given, about. */
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
