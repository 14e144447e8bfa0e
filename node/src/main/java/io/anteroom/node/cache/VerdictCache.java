// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The verdict cache: verdicts of filters that still hold. A query that finds one is not suspended.
 * Thread-safe. Limited in bytes; the least used verdicts are evicted.
 *
 * <h2>Which queries a verdict applies to</h2>
 *
 * Queries that reach the same rule of the same stage, with the same name, type, class and pool, and
 * from the same address; or the filter said that it holds for the same identity, or for everyone.
 * If several do, the one for the address applies, then the one for the identity. Tags are ignored:
 * a filter that decides by tags must not let its verdicts hold, unless queries with other tags
 * reach another rule. After a reload of the rules, all rules count as new ones.
 *
 * <h2>Names below</h2>
 *
 * A verdict may hold for all names below its own. It is stored once, under its own name. A query
 * without a match for its name looks for such a verdict at each ancestor, the nearest first. This
 * is skipped while there is no verdict of this kind.
 *
 * <h2>What must not be stored</h2>
 *
 * A verdict that was requested before a purge that covers it, and arrives after it: see {@link
 * RecentPurges}.
 */
public final class VerdictCache {
  /**
   * The memory of an entry besides its name and verdict: key, Caffeine's node, and the slot of the
   * map.
   */
  private static final int OVERHEAD = 360;

  private final LongSupplier nanoTime;
  private volatile long maxBytes;
  private final RecentPurges purges = new RecentPurges();
  private final AtomicInteger subtrees = new AtomicInteger();
  private final LongAdder evicted = new LongAdder();
  private final Cache<VerdictKey, HeldVerdict> entries;

  /**
   * Creates an empty cache.
   *
   * @param maxBytes 0 for a cache that stores nothing
   */
  public VerdictCache(long maxBytes, LongSupplier nanoTime) {
    this.maxBytes = maxBytes;
    this.nanoTime = nanoTime;
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .<VerdictKey, HeldVerdict>weigher(VerdictCache::bytes)
            .expireAfter(
                Expiry.<VerdictKey, HeldVerdict>writing(
                    (key, held) -> Duration.ofSeconds(held.seconds())))
            .ticker(nanoTime::getAsLong)
            .evictionListener((key, held, cause) -> onEvicted(cause))
            .removalListener((key, held, cause) -> onRemoved(held))
            // Maintenance is short and amortized; another thread would only cost a wake-up.
            .executor(Runnable::run)
            .build();
  }

  private static int bytes(VerdictKey key, HeldVerdict held) {
    return OVERHEAD + key.name().length() + key.identity().length() + held.bytes();
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

  /** The held verdict for this query; null if there is none. */
  public @Nullable Verdict get(RuleOutcome.Suspend suspend, Stage stage) {
    HeldVerdict held = find(suspend, stage, false);
    if (held == null) {
      return null;
    }
    held.hit();
    return held.at(nanoTime.getAsLong());
  }

  /** Finds a held verdict without counting a hit or a use of the entry for eviction. */
  public @Nullable Verdict peek(RuleOutcome.Suspend suspend, Stage stage) {
    HeldVerdict held = find(suspend, stage, true);
    return held == null ? null : held.at(nanoTime.getAsLong());
  }

  private @Nullable HeldVerdict find(RuleOutcome.Suspend suspend, Stage stage, boolean quietly) {
    if (maxBytes == 0 || entries.estimatedSize() == 0) {
      return null;
    }
    Query query = suspend.query();
    VerdictKey key =
        VerdictKey.of(query, suspend.asyncId(), stage, suspend.rule(), Holds.Scope.CLIENT);
    String identity = query.client().identity();
    HeldVerdict held = nearest(key, identity, false, quietly);
    return held == null && subtrees.get() > 0 ? above(key, identity, quietly) : held;
  }

  private @Nullable HeldVerdict above(VerdictKey key, String identity, boolean quietly) {
    for (int labels = key.name().labels() - 1; labels >= 0; labels--) {
      VerdictKey there = key.at(key.name().ancestor(labels));
      HeldVerdict held = nearest(there, identity, true, quietly);
      if (held != null) {
        return held;
      }
    }
    return null;
  }

  /** The verdict for this name of the smallest group of clients; null if there is none. */
  private @Nullable HeldVerdict nearest(
      VerdictKey key, String identity, boolean subtreeOnly, boolean quietly) {
    HeldVerdict own = entry(key, quietly);
    if (own != null && (own.subtree() || !subtreeOnly)) {
      return own;
    }
    HeldVerdict known = identity.isEmpty() ? null : entry(key.of(identity), quietly);
    if (known != null && (known.subtree() || !subtreeOnly)) {
      return known;
    }
    HeldVerdict all = entry(key.of(""), quietly);
    return all != null && (all.subtree() || !subtreeOnly) ? all : null;
  }

  private @Nullable HeldVerdict entry(VerdictKey key, boolean quietly) {
    return quietly ? entries.policy().getIfPresentQuietly(key) : entries.getIfPresent(key);
  }

  /** What a verdict is, in a word or two. */
  public static String word(Verdict verdict) {
    return HeldVerdict.word(verdict.decision());
  }

  /**
   * Whether the verdict should hold for an identity that the query does not have. Such a verdict is
   * not stored, since it must not hold for other clients.
   */
  public static boolean lacksIdentity(Query query, Verdict verdict) {
    return !verdict.holds().isNone()
        && verdict.holds().scope() == Holds.Scope.IDENTITY
        && query.client().identity().isEmpty();
  }

  /**
   * Stores a verdict; false if it does not hold.
   *
   * @param query the query as it was when it was suspended
   * @param sinceNanos the time of the suspension
   */
  public boolean put(
      Query query, int service, Stage stage, int rule, Verdict verdict, long sinceNanos) {
    HeldVerdict held = maxBytes == 0 ? null : HeldVerdict.of(verdict, nanoTime.getAsLong());
    if (held == null || lacksIdentity(query, verdict)) {
      return false;
    }
    VerdictKey key = VerdictKey.of(query, service, stage, rule, verdict.holds().scope());
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
   * Removes the verdicts that these purges cover. It scans all entries, so it must not run on an
   * event loop.
   *
   * @return the number of removed verdicts for each purge; a verdict that several cover counts for
   *     the first
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
              VerdictKey key = entry.getKey();
              HeldVerdict held = entry.getValue();
              int by = index.first(key.name(), held.subtree(), purge -> key.isMeant(purge, held));
              if (by >= 0) {
                gone[by]++;
              }
              return by >= 0;
            });
    return gone;
  }

  /** Lists some of the verdicts of matching names, in no order. */
  public List<HeldLine> list(int limit, Predicate<WireName> wanted) {
    List<HeldLine> lines = new ArrayList<>();
    long now = nanoTime.getAsLong();
    for (Map.Entry<VerdictKey, HeldVerdict> entry : entries.asMap().entrySet()) {
      if (lines.size() >= limit) {
        break;
      }
      if (wanted.test(entry.getKey().name())) {
        lines.add(line(entry.getKey(), entry.getValue(), now));
      }
    }
    return lines;
  }

  private static HeldLine line(VerdictKey key, HeldVerdict held, long now) {
    InetAddress client = key.client();
    return new HeldLine(
        key.name(),
        held.subtree(),
        key.type(),
        key.pool(),
        key.service(),
        client == null ? "" : client.getHostAddress(),
        key.identity(),
        held.word(),
        held.secondsLeft(now),
        bytes(key, held),
        held.hits());
  }

  /** The approximate number of verdicts. */
  public long size() {
    return entries.estimatedSize();
  }

  /** The estimated memory of the verdicts in bytes. */
  public long bytes() {
    return entries.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L);
  }

  public long maxBytes() {
    return maxBytes;
  }

  /** Sets the limit; stored verdicts stay, as far as there is room. */
  public void setMaxBytes(long next) {
    entries.policy().eviction().ifPresent(eviction -> eviction.setMaximum(next));
    maxBytes = next;
  }

  /** The number of verdicts that were evicted before they expired. */
  public long evicted() {
    return evicted.sum();
  }
}
