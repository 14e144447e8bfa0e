// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.TtlLimits;
import java.time.Duration;

/** Reads the block {@code cache}, also that of a pool. */
final class CacheReader {
  private static final long LEAST_BYTES = 1 << 20;
  private static final long VERDICT_BYTES = 64 << 20;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration DAY = Duration.ofDays(1);

  private CacheReader() {}

  /** The limit of the answer cache in bytes, by default a quarter of the heap. */
  static long maxBytes(SettingsReader anteroom, Machine machine) {
    long quarter = Math.max(LEAST_BYTES, machine.heap() / 4);
    if (isWord(anteroom, "cache")) {
      return quarter;
    }
    SettingsReader block = anteroom.block("cache");
    boolean auto = block.text("max-bytes", "auto").equals("auto");
    return auto
        ? quarter
        : block.size("max-bytes", quarter, 0, Math.max(LEAST_BYTES, machine.heap()));
  }

  /** The limit of the verdict cache in bytes. */
  static long maxVerdictBytes(SettingsReader anteroom, Machine machine) {
    return anteroom
        .block("verdict-cache")
        .size("max-bytes", VERDICT_BYTES, 0, Math.max(VERDICT_BYTES, machine.heap()));
  }

  /**
   * Reads the block, or the word {@code on} or {@code off} in its place.
   *
   * @param fallback the values of keys that are not set
   */
  static CacheSettings read(SettingsReader parent, CacheSettings fallback) {
    if (isWord(parent, "cache")) {
      return parent.flag("cache", true) ? fallback : fallback.off();
    }
    SettingsReader block = parent.block("cache");
    return new CacheSettings(
        fallback.on() || parent.has("cache"),
        ttls(block, fallback.ttls()),
        block.flag("nxdomain-cut", fallback.nxdomainCut()),
        block.integer("prefetch-hits", fallback.prefetchHits(), 0, 1_000_000),
        stale(block.block("stale"), fallback.stale()));
  }

  private static boolean isWord(SettingsReader parent, String key) {
    return parent.has(key) && !parent.isBlock(key);
  }

  private static TtlLimits ttls(SettingsReader block, TtlLimits fallback) {
    TtlLimits ttls =
        new TtlLimits(
            seconds(block, "min-ttl", fallback.least(), Duration.ZERO, DAY),
            seconds(block, "max-ttl", fallback.most(), SECOND, DAY.multipliedBy(7)),
            seconds(block, "max-negative-ttl", fallback.mostNegative(), Duration.ZERO, DAY),
            seconds(block, "failure-ttl", fallback.failure(), SECOND, Duration.ofMinutes(5)));
    if (ttls.least() > ttls.most()) {
      block.error("min-ttl", "is longer than max-ttl");
    }
    return ttls;
  }

  private static CacheSettings.Stale stale(SettingsReader block, CacheSettings.Stale fallback) {
    return new CacheSettings.Stale(
        block.duration("for", fallback.keep(), Duration.ZERO, DAY.multipliedBy(7)),
        block.duration(
            "client-timeout", fallback.clientTimeout(), Duration.ZERO, Duration.ofMinutes(1)),
        Duration.ofSeconds(seconds(block, "ttl", (int) fallback.ttl().toSeconds(), SECOND, DAY)),
        fallback.recheck());
  }

  private static int seconds(
      SettingsReader block, String key, int fallback, Duration min, Duration max) {
    return (int) block.duration(key, Duration.ofSeconds(fallback), min, max).toSeconds();
  }
}
