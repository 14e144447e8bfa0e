// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.CachedAnswer;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Refreshed;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.Unstored;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.wire.WireAnswer;
import java.time.Duration;
import java.util.Objects;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries of one listener from the answer cache, stores answers and failures in it, and
 * refreshes answers. For the thread of the listener only.
 *
 * <h2>Refreshes</h2>
 *
 * A refresh asks the servers for the cache only, without a client. It shares the upstream query of
 * clients that ask the same meanwhile. It begins in two cases: a frequently used answer is near the
 * end of its TTL (prefetch), or there is a stale answer and the pool has a {@code client-timeout}
 * (RFC 8767). In the second case the client's query has {@code client-timeout} as its deadline; if
 * it then fails, it gets the stale answer like any query that failed, while the refresh continues.
 * So each query ends once, and there is no list of queries already answered.
 */
final class CacheKeeper {
  /** The maximum number of refreshes in flight for one listener. */
  private static final int MAX_REFRESHES = 256;

  private final QueryProcessor.Parts parts;
  private final AnswerCache cache;
  private final CacheView view;
  private final ActorRef<OriginCommand> origin;
  private int refreshing;

  CacheKeeper(QueryProcessor.Parts parts, ActorRef<OriginCommand> origin) {
    this.parts = parts;
    this.cache = parts.cache();
    this.view = new CacheView(cache);
    this.origin = origin;
  }

  /** The query with an answer from the cache; null if the servers have to be asked. */
  @Nullable Query hit(Query query) {
    long now = now();
    CachedAnswer found = view.find(query, now);
    Query answered =
        found == null ? null : answered(query, found, CacheView.atOnce(found, now), now);
    if (answered == null) {
      count(Counter.CACHE_MISSES);
    }
    return answered;
  }

  private @Nullable Query answered(Query query, CachedAnswer found, CacheView.Use use, long now) {
    return switch (use) {
      case NOTHING -> null;
      case FRESH -> fresh(query, found, now);
      case STALE -> stale(query, found);
    };
  }

  private Query fresh(Query query, CachedAnswer found, long now) {
    count(Counter.CACHE_HITS);
    found.hit();
    if (found.isFailure()) {
      count(Counter.CACHE_FAILURE_HITS);
    } else if (found.isEnding(now)) {
      prefetch(query, found, now);
    }
    return CacheView.fresh(query, found, now);
  }

  private Query stale(Query query, CachedAnswer found) {
    count(Counter.CACHE_STALE);
    found.hit();
    return view.stale(query, found);
  }

  private void prefetch(Query query, CachedAnswer found, long now) {
    String pool = query.poolName();
    int leastHits = cache.settings(pool).prefetchHits();
    if (leastHits > 0 && found.hits() >= leastHits && refresh(query, found, now)) {
      count(Counter.CACHE_PREFETCHES);
    }
  }

  /** Begins a refresh, unless one is running or too many are; true if it has begun. */
  private boolean refresh(Query query, CachedAnswer found, long now) {
    String pool = query.poolName();
    UpstreamPools.Pool servers = parts.pools().find(pool);
    // A refresh runs no rules, so it can't store what they would make of its answer.
    if (servers == null || query.rules().responseOnce()) {
      return false;
    }
    Duration deadline = servers.settings().tries().deadline();
    if (refreshing >= MAX_REFRESHES) {
      count(Counter.CACHE_REFRESH_OVERLOAD);
      return false;
    }
    // Claimed last, because a claim keeps others from refreshing the entry for a while.
    if (!found.claimRefresh(now, (int) deadline.toSeconds() + 1)) {
      return false;
    }
    refreshing++;
    servers
        .actor()
        .tell(
            new UpstreamCommand.Refresh(pool, query.wire(), now, now + deadline.toNanos(), origin));
    return true;
  }

  /**
   * Forwards a query to the servers of its pool; the result goes to the listener. False if the pool
   * does not exist: a reload has removed it, or the verdict that chose it was checked on a node
   * that has it.
   */
  boolean forward(Query query) {
    UpstreamPools.Pool servers = parts.pools().find(query.poolName());
    if (servers == null) {
      return false;
    }
    count(Counter.FORWARDED);
    long now = now();
    Duration whole = servers.settings().tries().deadline();
    Duration patience = view.patience(query, whole);
    CachedAnswer stale = patience.equals(whole) ? null : findStale(query, now);
    // The query first, so that its answer is the one that is stored in the cache.
    long deadline = now + (stale == null ? whole : patience).toNanos();
    servers.actor().tell(new UpstreamCommand.Forward(query, deadline, origin));
    if (stale != null && refresh(query, stale, now)) {
      count(Counter.CACHE_REFRESHES);
    }
    return true;
  }

  private @Nullable CachedAnswer findStale(Query query, long now) {
    CachedAnswer found = view.find(query, now);
    return found == null || found.isFresh(now) ? null : found;
  }

  /**
   * Stores an answer in the cache; true if it was stored.
   *
   * @param message the client's copy; its TTLs are set to those in the cache
   */
  boolean insert(Answered answered, byte[] message) {
    return insert(answered.query(), answered.answer(), answered.askedNanos(), message);
  }

  /**
   * Stores the answer that a query has after the response rules; true if it was stored. The query
   * must have an {@link Unstored} one.
   */
  boolean store(Query answered) {
    Unstored unstored = Objects.requireNonNull(answered.marks().unstored());
    byte[] message = Objects.requireNonNull(answered.answer());
    boolean unchanged = message == unstored.message();
    WireAnswer answer = unchanged ? unstored.answer() : WireAnswer.parse(message.clone());
    return answer != null && insert(answered, answer, unstored.askedNanos(), message);
  }

  private boolean insert(Query query, WireAnswer answer, long asked, byte[] message) {
    if (query.marks().skipCache()
        || !cache.put(query.poolName(), query.wire(), answer, asked, message)) {
      return false;
    }
    count(Counter.CACHE_INSERTS);
    return true;
  }

  /**
   * If this answer is a failure: the query with a cached answer instead, usually a stale one. Null
   * if the answer is not a failure or the cache has none.
   */
  @Nullable Query insteadOf(Answered answered) {
    return answered.answer().isFailure() ? insteadOfFailure(answered.query(), true) : null;
  }

  /**
   * The query with a cached answer, usually a stale one, because no server answered; null if the
   * cache has none. In that case the failure is stored, unless this node was overloaded.
   */
  @Nullable Query insteadOf(Unanswered unanswered) {
    Query query = unanswered.query();
    // An overload of this node is not a failure of the servers.
    boolean failed = unanswered.reason() != Unanswered.Reason.OVERLOAD;
    Query stale = insteadOfFailure(query, failed);
    if (stale == null && failed && !query.marks().skipCache()) {
      cache.putFailure(query.poolName(), query.wire());
    }
    return stale;
  }

  private @Nullable Query insteadOfFailure(Query query, boolean failed) {
    long now = now();
    CachedAnswer found = view.find(query, now);
    if (found == null) {
      return null;
    }
    CacheView.Use use = CacheView.insteadOfFailure(found, now);
    if (use == CacheView.Use.STALE && failed && !found.isBeingRefreshed(now)) {
      found.refreshFailed(now, recheckSeconds(query.poolName()));
    }
    return answered(query, found, use, now);
  }

  /** Stores the result of a refresh. No client is answered. */
  void onRefreshed(Refreshed refreshed) {
    refreshing--;
    UpstreamCommand.Refresh refresh = refreshed.refresh();
    long now = now();
    CachedAnswer found = cache.find(refresh.pool(), refresh.query(), now);
    if (found != null && found.isFresh(now) && found.isSince(refresh.sinceNanos())) {
      // A fresh answer to a client's query has been stored since the refresh began.
      return;
    }
    WireAnswer answer = refreshed.answer();
    if (answer == null || answer.isFailure() || !answer.answers(refresh.query())) {
      count(Counter.CACHE_REFRESH_FAILED);
      if (found != null) {
        found.refreshFailed(now, recheckSeconds(refresh.pool()));
      }
    } else if (cache.put(refresh.pool(), refresh.query(), answer, refreshed.askedNanos())) {
      count(Counter.CACHE_INSERTS);
    }
  }

  private int recheckSeconds(String pool) {
    return (int) cache.settings(pool).stale().recheck().toSeconds();
  }

  private long now() {
    return parts.nanoTime().getAsLong();
  }

  private void count(Counter counter) {
    parts.counters().increment(counter);
  }
}
