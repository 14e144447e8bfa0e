// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.TtlLimits;
import java.time.Duration;

/**
 * What the answer cache keeps of the answers of one upstream pool.
 *
 * @param on whether it keeps any
 * @param nxdomainCut whether a name that does not exist stands for those below it (RFC 8020)
 * @param prefetchHits how often an answer must have been asked for until it is fetched anew shortly
 *     before its time is up; 0 for never
 */
public record CacheSettings(
    boolean on, TtlLimits ttls, boolean nxdomainCut, int prefetchHits, Stale stale) {

  public static final CacheSettings DEFAULT =
      new CacheSettings(true, TtlLimits.DEFAULT, true, 2, Stale.DEFAULT);

  /**
   * When an answer is given whose time is up (RFC 8767).
   *
   * @param keep for how long after that; zero for never
   * @param clientTimeout after which a client gets it though the upstream servers are still being
   *     asked; zero if only once they have failed
   * @param ttl of its records
   * @param recheck how long the servers are not asked again after they have failed
   */
  public record Stale(Duration keep, Duration clientTimeout, Duration ttl, Duration recheck) {
    public static final Stale DEFAULT =
        new Stale(
            Duration.ofDays(1), Duration.ZERO, Duration.ofSeconds(30), Duration.ofSeconds(30));

    public static final Stale NEVER =
        new Stale(Duration.ZERO, Duration.ZERO, DEFAULT.ttl, DEFAULT.recheck);
  }

  /** Answers only, and none for longer than that. */
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
