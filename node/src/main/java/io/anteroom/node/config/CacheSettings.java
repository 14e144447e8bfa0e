// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.TtlLimits;
import java.time.Duration;

/**
 * Settings of the answer cache for one upstream pool.
 *
 * @param on whether answers are cached
 * @param nxdomainCut whether NXDOMAIN for a name also holds for names below it (RFC 8020)
 * @param prefetchHits the number of hits after which an answer is prefetched shortly before it
 *     expires; 0 for never
 */
public record CacheSettings(
    boolean on, TtlLimits ttls, boolean nxdomainCut, int prefetchHits, Stale stale) {

  public static final CacheSettings DEFAULT =
      new CacheSettings(true, TtlLimits.DEFAULT, true, 2, Stale.DEFAULT);

  /**
   * Settings for stale answers (RFC 8767).
   *
   * @param keep for how long an expired answer may be used; zero disables stale answers
   * @param clientTimeout after this time a client gets a stale answer while the servers have not
   *     answered yet; zero if only after they have failed
   * @param ttl the TTL of stale answers
   * @param recheck how long the servers are not queried again after they have failed
   */
  public record Stale(Duration keep, Duration clientTimeout, Duration ttl, Duration recheck) {
    public static final Stale DEFAULT =
        new Stale(
            Duration.ofDays(1), Duration.ZERO, Duration.ofSeconds(30), Duration.ofSeconds(30));

    public static final Stale NEVER =
        new Stale(Duration.ZERO, Duration.ZERO, DEFAULT.ttl, DEFAULT.recheck);
  }

  /** Settings that cache only answers, with this maximum TTL. */
  public static CacheSettings plain(Duration maxTtl) {
    int most = (int) Math.min(maxTtl.toSeconds(), TtlLimits.MAX_TTL);
    return new CacheSettings(true, new TtlLimits(0, most, most, 0), false, 0, Stale.NEVER);
  }

  public CacheSettings withTtls(TtlLimits others) {
    return new CacheSettings(on, others, nxdomainCut, prefetchHits, stale);
  }

  public CacheSettings withStale(Stale other) {
    return new CacheSettings(on, ttls, nxdomainCut, prefetchHits, other);
  }

  public CacheSettings off() {
    return new CacheSettings(false, ttls, nxdomainCut, prefetchHits, stale);
  }
}
