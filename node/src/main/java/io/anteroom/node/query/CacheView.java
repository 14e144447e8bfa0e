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
 * Decides what a query gets of what the answer cache has: a fresh answer, a stale one (RFC 8767),
 * or nothing. It changes nothing; {@link CacheKeeper} does what follows for clients, and {@link
 * Tracer} says it. Safe for any thread.
 */
final class CacheView {
  private static final ExtendedError STALE = new ExtendedError(ExtendedError.STALE_ANSWER);
  private static final ExtendedError STALE_NXDOMAIN =
      new ExtendedError(ExtendedError.STALE_NXDOMAIN_ANSWER);
  private static final ExtendedError CACHED_ERROR = new ExtendedError(ExtendedError.CACHED_ERROR);

  private final AnswerCache cache;

  /** What is given of an entry. */
  enum Use {
    /** The servers are asked. */
    NOTHING,
    /** The answer, as its time is not yet up. */
    FRESH,
    /** The answer though its time is up. */
    STALE
  }

  CacheView(AnswerCache cache) {
    this.cache = cache;
  }

  /** What is given before any server is asked: a stale answer only while the servers rest. */
  static Use atOnce(CachedAnswer found, long now) {
    if (found.isFresh(now)) {
      return Use.FRESH;
    }
    return found.hasFailed(now) ? Use.STALE : Use.NOTHING;
  }

  /** What is given after the servers have failed. It may have come meanwhile, for another query. */
  static Use insteadOfFailure(CachedAnswer found, long now) {
    if (found.isFailure()) {
      return Use.NOTHING;
    }
    return found.isFresh(now) ? Use.FRESH : Use.STALE;
  }

  /** The query with an answer whose time is not yet up; it may say that the servers have failed. */
  static Query fresh(Query query, CachedAnswer found, long now) {
    Query answered = query.withCachedAnswer(found.answer(query.wire(), now));
    return found.isFailure() ? answered.withError(CACHED_ERROR) : answered;
  }

  /** The query with an answer whose time is up. */
  Query stale(Query query, CachedAnswer found) {
    int ttl = (int) stale(query).ttl().toSeconds();
    return query
        .withCachedAnswer(found.staleAnswer(query.wire(), ttl))
        .withError(found.rcode() == Rcodes.NXDOMAIN ? STALE_NXDOMAIN : STALE);
  }

  /**
   * How long the servers have before a stale answer is given instead of theirs, if there is one.
   *
   * @param whole how long they have if there is none
   */
  Duration patience(Query query, Duration whole) {
    Duration shorter = stale(query).clientTimeout();
    return shorter.isZero() || shorter.compareTo(whole) >= 0 ? whole : shorter;
  }

  /** What the cache has, so that it counts as used. */
  @Nullable CachedAnswer find(Query query, long now) {
    return query.marks().skipCache() ? null : cache.find(query.poolName(), query.wire(), now);
  }

  /** What the cache has, for one who only looks. */
  @Nullable CachedAnswer peek(Query query, long now) {
    return query.marks().skipCache() ? null : cache.peek(query.poolName(), query.wire(), now);
  }

  private CacheSettings.Stale stale(Query query) {
    return cache.settings(query.poolName()).stale();
  }
}
