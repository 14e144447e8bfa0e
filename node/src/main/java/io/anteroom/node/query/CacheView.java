// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.CachedAnswer;
import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.protocol.ExtendedError;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a query gets from the answer cache: a fresh answer, a stale one (RFC 8767), or
 * nothing. It has no effect of its own: {@link CacheKeeper} acts on its results for clients, {@link
 * Tracer} prints them. Safe for any thread.
 */
final class CacheView {
  private static final ExtendedError STALE = new ExtendedError(ExtendedError.STALE_ANSWER);
  private static final ExtendedError STALE_NXDOMAIN =
      new ExtendedError(ExtendedError.STALE_NXDOMAIN_ANSWER);
  private static final ExtendedError CACHED_ERROR = new ExtendedError(ExtendedError.CACHED_ERROR);

  private final AnswerCache cache;

  /** How an entry of the cache is used. */
  enum Use {
    /** Not at all; the servers are asked. */
    NOTHING,
    /** Its TTL has not expired. */
    FRESH,
    /** It is given although its TTL has expired. */
    STALE
  }

  CacheView(AnswerCache cache) {
    this.cache = cache;
  }

  /**
   * The use before any server is asked. A stale answer is given only for a time after the servers
   * have failed.
   */
  static Use atOnce(CachedAnswer found, long now) {
    if (found.isFresh(now)) {
      return Use.FRESH;
    }
    return found.hasFailed(now) ? Use.STALE : Use.NOTHING;
  }

  /**
   * The use after the servers have failed. A fresh entry is possible: another query may have stored
   * it meanwhile.
   */
  static Use insteadOfFailure(CachedAnswer found, long now) {
    if (found.isFailure()) {
      return Use.NOTHING;
    }
    return found.isFresh(now) ? Use.FRESH : Use.STALE;
  }

  /** The query with the answer of a fresh entry, which may be a cached failure. */
  static Query fresh(Query query, CachedAnswer found, long now) {
    Query answered = query.withCachedAnswer(found.answer(query.wire(), now));
    return found.isFailure() ? answered.withError(CACHED_ERROR) : answered;
  }

  /** The query with the answer of a stale entry. */
  Query stale(Query query, CachedAnswer found) {
    int ttl = (int) stale(query).ttl().toSeconds();
    return query
        .withCachedAnswer(found.staleAnswer(query.wire(), ttl))
        .withError(found.rcode() == Rcodes.NXDOMAIN ? STALE_NXDOMAIN : STALE);
  }

  /**
   * How long to wait for the servers before a stale answer is given.
   *
   * @param whole the time to wait if there is no stale answer
   */
  Duration patience(Query query, Duration whole) {
    Duration shorter = stale(query).clientTimeout();
    return shorter.isZero() || shorter.compareTo(whole) >= 0 ? whole : shorter;
  }

  /** Finds an entry and counts it as used for eviction. */
  @Nullable CachedAnswer find(Query query, long now) {
    return query.marks().skipCache() ? null : cache.find(query.poolName(), query.wire(), now);
  }

  /** Finds an entry without counting it as used. */
  @Nullable CachedAnswer peek(Query query, long now) {
    return query.marks().skipCache() ? null : cache.peek(query.poolName(), query.wire(), now);
  }

  private CacheSettings.Stale stale(Query query) {
    return cache.settings(query.poolName()).stale();
  }
}
