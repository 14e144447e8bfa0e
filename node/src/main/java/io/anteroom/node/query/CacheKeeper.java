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
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.wire.WireAnswer;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What a processor does with the answer cache: answers from it, puts answers and failures in, and
 * has answers fetched anew. For the thread of its listener alone.
 *
 * <h2>Refreshes</h2>
 *
 * A refresh asks the servers without a client, for the cache only. It shares the upstream query of
 * those who ask the same meanwhile. One begins when an answer that is asked for often comes to its
 * end, and when a client is not to wait for the servers for longer than {@code client-timeout}: his
 * query has that for its deadline, and is answered with what is stale when it comes back without an
 * answer, like any query that failed; the refresh goes on. So each query has one end, and nobody
 * has to remember which ones have been answered.
 */
final class CacheKeeper {
  /** Of one listener, in flight at once. */
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

  /** The query with an answer from the cache; null if the servers are to be asked. */
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

  /** True if a refresh has begun. */
  private boolean refresh(Query query, CachedAnswer found, long now) {
    String pool = query.poolName();
    UpstreamPools.Pool servers = parts.pools().find(pool);
    if (servers == null) {
      return false;
    }
    Duration deadline = servers.settings().tries().deadline();
    if (refreshing >= MAX_REFRESHES) {
      count(Counter.CACHE_REFRESH_OVERLOAD);
      return false;
    }
    // Whoever has claimed it keeps others from it for a while, so not before there is room.
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
   * Asks the servers of a pool; what comes back is for the listener. False if the pool is not
   * there: it was when the query began, or on the node that let a verdict choose it.
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
    // First the query, so that its answer is the one that goes into the cache.
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
   * Puts an answer into the cache; true if it is one to be kept.
   *
   * @param message the client's copy, which gets the TTLs that the cache keeps
   */
  boolean insert(Answered answered, byte[] message) {
    Query query = answered.query();
    long asked = answered.askedNanos();
    if (query.marks().skipCache()
        || !cache.put(query.poolName(), query.wire(), answered.answer(), asked, message)) {
      return false;
    }
    count(Counter.CACHE_INSERTS);
    return true;
  }

  /** The query with a stale answer in place of this one, if it is a failure and there is one. */
  @Nullable Query insteadOf(Answered answered) {
    return answered.answer().isFailure() ? insteadOfFailure(answered.query(), true) : null;
  }

  /** The query with a stale answer, as no server has answered; null if there is none either. */
  @Nullable Query insteadOf(Unanswered unanswered) {
    Query query = unanswered.query();
    // That the node is overloaded says nothing about the servers.
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

  /** Takes in what became of a refresh; no client hears of it. */
  void onRefreshed(Refreshed refreshed) {
    refreshing--;
    UpstreamCommand.Refresh refresh = refreshed.refresh();
    long now = now();
    CachedAnswer found = cache.find(refresh.pool(), refresh.query(), now);
    if (found != null && found.isFresh(now) && found.isSince(refresh.sinceNanos())) {
      // The same answer, which a client's query has brought.
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
