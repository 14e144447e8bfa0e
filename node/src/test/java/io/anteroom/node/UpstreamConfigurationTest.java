// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.ChoiceSettings;
import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerPolicy;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.config.TrySettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Type;

/** What a configuration says about upstream pools. */
class UpstreamConfigurationTest {
  private static final String KEY = "anteroom.upstreams.internal";

  private static final String WHOLE =
      """
      servers = ["192.0.2.1", "192.0.2.2:5300,dns+tls://192.0.2.3?hostname=dns.example"]
      policy = consistent-hash
      rotate = on
      load-factor = 1.5
      parallel = 3
      grace = 50ms
      timeout = 1s
      max-timeout = 3s
      tries = 2
      deadline = 2s
      failover-on = [SERVFAIL, NXDOMAIN]
      server-failover { retry-chance = 3, retry-delay = 1s, down-after = 5 }
      check { name = "example.com", type = NS, interval = 1s, timeout = 500ms, failing = [servfail, REFUSED] }
      flags = [edns, use-vc, primary, ignore-tc, no-recurse, stay-open, no-check-resp]
      sockets = 4
      udp-max-queries = 100
      socket-life = 10s
      max-outstanding = 1000
      edns-size = 4096
      cookies = off
      socket-receive-buffer = 2MiB
      socket-send-buffer = 64KiB
      local-address = "192.0.2.99"
      """;

  @Test
  void pool_everySettingIsRead() throws Exception {
    PoolSettings pool = pool(WHOLE);

    assertThat(pool.servers())
        .extracting(ServerSettings::address)
        .containsExactly(
            new InetSocketAddress("192.0.2.1", 53),
            new InetSocketAddress("192.0.2.2", 5300),
            new InetSocketAddress("192.0.2.3", 853));
    assertThat(pool.choice())
        .isEqualTo(
            new ChoiceSettings(ServerPolicy.CONSISTENT_HASH, true, 3, Duration.ofMillis(50), 1.5));
    assertThat(pool.tries())
        .isEqualTo(
            new TrySettings(
                Duration.ofSeconds(1),
                Duration.ofSeconds(3),
                2,
                Duration.ofSeconds(2),
                Set.of(2, 3)));
    assertThat(pool.sockets())
        .isEqualTo(
            new SocketSettings(
                4,
                100,
                Duration.ofSeconds(10),
                1000,
                InetAddress.getByName("192.0.2.99"),
                2 << 20,
                64 << 10,
                4096,
                false));
    assertThat(pool.flags())
        .containsExactlyInAnyOrder(
            ChannelFlag.EDNS,
            ChannelFlag.USE_VC,
            ChannelFlag.PRIMARY,
            ChannelFlag.IGNORE_TC,
            ChannelFlag.NO_RECURSE,
            ChannelFlag.STAY_OPEN,
            ChannelFlag.NO_CHECK_RESP);
  }

  @Test
  void pool_health_isRead() throws Exception {
    assertThat(pool(WHOLE).health())
        .isEqualTo(
            new HealthSettings(
                3,
                Duration.ofSeconds(1),
                5,
                new HealthSettings.Check(
                    "example.com.",
                    Type.NS,
                    Duration.ofSeconds(1),
                    Duration.ofMillis(500),
                    Set.of(2, 5))));
  }

  @Test
  void pool_nothingButServers_hasTheDefaults() throws Exception {
    assertThat(pool("servers = \"192.0.2.1\""))
        .isEqualTo(
            new PoolSettings(
                "internal",
                List.of(ServerSettings.of(new InetSocketAddress("192.0.2.1", 53))),
                ChoiceSettings.DEFAULT,
                TrySettings.DEFAULT,
                SocketSettings.DEFAULT,
                HealthSettings.DEFAULT,
                ChannelFlag.defaults(),
                CacheSettings.DEFAULT));
  }

  @ParameterizedTest
  @EnumSource(ServerPolicy.class)
  void policy_everyOne_hasItsWord(ServerPolicy policy) throws Exception {
    String word = policy.name().toLowerCase(Locale.ROOT).replace('_', '-');
    assertThat(pool("servers = [], policy = " + word).choice().policy()).isEqualTo(policy);
  }

  @Test
  void servers_none_areAllowed() throws Exception {
    assertThat(pool("servers = []").servers()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tries = 1                                  | 2: P.servers: is missing",
        "servers = [dns.example]                    | 2: P.servers[0]: no IP address",
        "servers = [\"192.0.2.1,192.0.2.2:x\"]      | 2: P.servers[0]: the port must be",
        "servers = \"dns+tls://192.0.2.1\"          | 2: P.servers: needs ?hostname=NAME",
        "servers = [\"127.0.0.1:5354\"]             | 2: P.servers[0]: 127.0.0.1:5354 is one of",
        "servers = [\"dns://127.0.0.1:53?tcpport=5354\"] | 2: P.servers[0]: 127.0.0.1:5354 is one",
        "servers = [], policy = fastest             | P.policy: unknown: \"fastest\"; known are",
        "servers = [], rotate = 1                   | P.rotate: must be on or off",
        "servers = [], parallel = 1                 | P.parallel: must be 2 to 64",
        "servers = [], grace = 2m                   | P.grace: must be 0s to 1m",
        "servers = [], load-factor = 1              | P.load-factor: must be 1.01 to 100.0, not 1",
        "servers = [], load-factor = much           | P.load-factor: must be a number",
        "servers = [], timeout = 2                  | P.timeout: must be a duration",
        "servers = [], timeout = 0ms                | P.timeout: must be 1ms to 1m",
        "servers = [], max-timeout = 2m             | P.max-timeout: must be 1ms to 1m",
        "servers = [], tries = 0                    | P.tries: must be 1 to 10",
        "servers = [], deadline = 0s                | P.deadline: must be 1ms to 1m",
        "servers = [], failover-on = [BADNESS]      | P.failover-on[0]: is no response code",
        "servers = [], flags = [edns, usevc]        | P.flags[1]: unknown: \"usevc\"; did you mean",
        "servers = [], server-failover = 5          | P.server-failover: must be a block",
        "servers = [], server-failover.retry-chance = -1 | retry-chance: must be 0 to 65535",
        "servers = [], server-failover.retry-delay = 0s  | retry-delay: must be 1ms to 1h",
        "servers = [], server-failover.down-after = 0    | down-after: must be 1 to 1000",
        "servers = [], server-failover.delay = 1s   | P.server-failover.delay: unknown key",
        "servers = [], check = on                   | P.check: must be a block with a name",
        "servers = [], check { interval = 1s }      | P.check.name: is missing",
        "servers = [], check { name = \"a..b\" }    | P.check.name: is no domain name",
        "servers = [], check { name = a, type = Q } | P.check.type: is no type of record",
        "servers = [], check { name = a, interval = 1ms } | P.check.interval: must be 100ms to 1h",
        "servers = [], check { name = a, failing = x } | P.check.failing: is no response code",
        "servers = [], sockets = 0                  | P.sockets: must be 1 to 256",
        "servers = [], udp-max-queries = 0          | P.udp-max-queries: must be 1 to",
        "servers = [], socket-life = 1ms            | P.socket-life: must be 1s to 24h",
        "servers = [], max-outstanding = 0          | P.max-outstanding: must be 1 to 1000000",
        "servers = [], edns-size = 511              | P.edns-size: must be 512 to 4096",
        "servers = [], socket-receive-buffer = 1    | P.socket-receive-buffer: must be 4096 to",
        "servers = [], local-address = eth0         | P.local-address: no IP address",
        "servers = [], trie = 1                     | P.trie: unknown key; did you mean \"tries\"?",
      })
  void wrongPool_isRefusedWithLineAndKey(String settings, String what) {
    assertThatThrownBy(() -> pool(settings))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageStartingWith("text:2: ")
        .hasMessageContaining(what.replaceFirst("^2: ", "text:2: ").replace("P.", KEY + "."));
  }

  @Test
  void servers_moreThanSixtyFour_areRefused() {
    String many =
        IntStream.rangeClosed(1, 65).mapToObj(i -> "192.0.2." + i).collect(Collectors.joining(","));
    assertThatThrownBy(() -> pool("servers = \"" + many + "\""))
        .hasMessage("text:2: " + KEY + ".servers: are 65, at most 64");
  }

  @Test
  void name_thatNoActorCouldHave_isRefused() {
    assertThatThrownBy(
            () -> NodeConfiguration.parse("anteroom.upstreams { \"in/side\".servers = [] }"))
        .hasMessageContaining("the name of a pool has 1 to 64 letters");
  }

  private static PoolSettings pool(String settings) throws InvalidConfiguration {
    String text = "anteroom {\n upstreams.internal {" + settings + "}\n}";
    return NodeConfiguration.parse(text).settings().upstreams().get("internal");
  }
}
