// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.wire.TtlLimits;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration says about the answer cache. */
class CacheConfigurationTest {
  private static final String WHOLE =
      """
      cache {
        max-bytes = 2MiB
        min-ttl = 10s
        max-ttl = 1h
        max-negative-ttl = 5m
        failure-ttl = 1s
        nxdomain-cut = off
        prefetch-hits = 7
        stale { for = 2h, client-timeout = 1800ms, ttl = 10s }
      }
      """;

  private static final CacheSettings READ =
      new CacheSettings(
          true,
          new TtlLimits(10, 3600, 300, 1),
          false,
          7,
          new CacheSettings.Stale(
              Duration.ofHours(2),
              Duration.ofMillis(1800),
              Duration.ofSeconds(10),
              Duration.ofSeconds(30)));

  @Test
  void cache_everySettingIsRead_andHoldsForAllPools() throws Exception {
    NodeSettings settings = read(WHOLE + "upstreams.other.servers = []");
    assertThat(settings.cacheBytes()).isEqualTo(2 << 20);
    assertThat(settings.upstreams().get("default").cache()).isEqualTo(READ);
    assertThat(settings.upstreams().get("other").cache()).isEqualTo(READ);
  }

  @Test
  void pool_saysWhatIsDifferentThere() throws Exception {
    NodeSettings settings =
        read(
            WHOLE
                + "upstreams.none { servers = [], cache = off }\n"
                + "upstreams.all { servers = [], cache = on }\n"
                + "upstreams.other { servers = [], cache { max-ttl = 1m, stale.for = 0s } }");
    assertThat(settings.upstreams().get("none").cache()).isEqualTo(READ.off());
    assertThat(settings.upstreams().get("all").cache()).isEqualTo(READ);
    CacheSettings other = settings.upstreams().get("other").cache();
    assertThat(other.ttls()).isEqualTo(new TtlLimits(10, 60, 300, 1));
    assertThat(other.stale().keep()).isZero();
    assertThat(other.stale().clientTimeout()).isEqualTo(READ.stale().clientTimeout());
  }

  @Test
  void cache_switchedOff_isOffForAllPools_unlessTheySayOtherwise() throws Exception {
    NodeSettings settings =
        read("cache = off, upstreams.some { servers = [], cache { max-ttl = 1m } }");
    assertThat(settings.upstreams().get("default").cache().on()).isFalse();
    assertThat(settings.upstreams().get("some").cache().on()).isTrue();
  }

  @Test
  void verdictCache_has64MiB_orWhatIsSaid() throws Exception {
    assertThat(read("").verdictCacheBytes()).isEqualTo(64 << 20);
    assertThat(read("verdict-cache.max-bytes = 0").verdictCacheBytes()).isZero();
    assertThat(read("verdict-cache.max-bytes = 1MiB").verdictCacheBytes()).isEqualTo(1 << 20);
  }

  @Test
  void cache_nothingSaid_isAQuarterOfTheHeap() throws Exception {
    NodeSettings settings = read("");
    assertThat(settings.cacheBytes())
        .isBetween(Runtime.getRuntime().maxMemory() / 5, Runtime.getRuntime().maxMemory() / 4 + 1);
    assertThat(settings.upstreams().get("default").cache()).isEqualTo(CacheSettings.DEFAULT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cache.max-bytes = 4EiB | anteroom.cache.max-bytes: must be 0 to",
        "verdict-cache.max-bytes = 4EiB | anteroom.verdict-cache.max-bytes: must be 0 to",
        "verdict-cache.max-bytes = lots | anteroom.verdict-cache.max-bytes: must be a size",
        "cache.max-bytes = lots | anteroom.cache.max-bytes: must be a size",
        "cache.min-ttl = 10 | anteroom.cache.min-ttl: must be a duration",
        "cache.min-ttl = 2h, cache.max-ttl = 1h | anteroom.cache.min-ttl: is longer than max-ttl",
        "cache.max-ttl = 0s | anteroom.cache.max-ttl: must be 1s to",
        "cache.failure-ttl = 6m | anteroom.cache.failure-ttl: must be 1s to 5m",
        "cache.failure-ttl = 0s | anteroom.cache.failure-ttl: must be 1s to 5m",
        "cache.stale.for = 8d | anteroom.cache.stale.for: must be 0",
        "cache.stale.tll = 8s | anteroom.cache.stale.tll: unknown key",
        "cache.prefetch-hits = many | anteroom.cache.prefetch-hits: must be a whole number",
        "cache.nxdomain-cut = maybe | anteroom.cache.nxdomain-cut: must be on or off",
        "cache = maybe | anteroom.cache: must be on or off",
        "upstreams.x { servers = [], cache.max-bytes = 1MiB } "
            + "| anteroom.upstreams.x.cache.max-bytes: unknown key",
      })
  void mistake_isNamedWithItsLineAndKey(String text, String message) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(message)
        .hasMessageContaining("2:");
  }

  private static NodeSettings read(String text) throws InvalidConfiguration {
    return NodeConfiguration.parse("anteroom {\n" + text + "\n}").settings();
  }
}
