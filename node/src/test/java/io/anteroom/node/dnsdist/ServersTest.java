// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers, pools and caches, listeners and access. */
class ServersTest {
  @TempDir Path directory;
  private LoadedFile file;

  @BeforeEach
  void setUp() {
    file = new LoadedFile(directory);
  }

  @Test
  void server_ofText_hasDnsdistsDefaults() {
    assertThat(file.model("newServer('192.0.2.1')").servers())
        .containsExactly(
            new Model.Server(
                new Model.Place("dnsdist.conf", 1),
                "192.0.2.1:53",
                "",
                List.of(""),
                1,
                1,
                false,
                null,
                null,
                0,
                0,
                false,
                new Model.Check("auto", "a.root-servers.net.", "A", 1, 1000, 1, false)));
  }

  @Test
  void server_ofTable_hasWhatItSays() {
    Model model =
        file.model(
            """
            newServer({
              address = "[2001:db8::53]:5300", name = "far", pool = {"", "abuse"}, weight = 3,
              order = 2, tcpOnly = true, source = "2001:db8::1", sockets = 4, udpTimeout = 5,
              useClientSubnet = true, checkName = "www.test", checkType = "AAAA",
              checkInterval = 2, checkTimeout = 500, maxCheckFailures = 3, mustResolve = true,
              healthCheckMode = "lazy",
            })
            """);
    assertThat(model.servers())
        .containsExactly(
            new Model.Server(
                new Model.Place("dnsdist.conf", 1),
                "[2001:db8::53]:5300",
                "far",
                List.of("", "abuse"),
                3,
                2,
                true,
                null,
                "2001:db8::1",
                4,
                5,
                true,
                new Model.Check("lazy", "www.test.", "AAAA", 2, 500, 3, true)));
    assertThat(model.pools()).containsOnlyKeys("", "abuse");
    assertThat(model.warnings()).isEmpty();
  }

  @Test
  void server_overTls_hasItsRequirements() {
    Model.Server server =
        file.model(
                "newServer{address='192.0.2.1', tls='openssl', subjectName='dns.test', caStore='/ca'}")
            .servers()
            .get(0);
    assertThat(server.address()).isEqualTo("192.0.2.1:853");
    assertThat(server.tls()).isEqualTo(new Model.Tls("dns.test", "/ca", true, ""));
  }

  @Test
  void server_overHttps_isAtPort443_andMayBeKnownByItsAddress() {
    List<Model.Server> servers =
        file.model(
                """
                newServer{address='192.0.2.1', tls='openssl', subjectName='dns.test', dohPath='/q'}
                newServer{address='192.0.2.2', tls='openssl', subjectAddr='192.0.2.2'}
                """)
            .servers();
    assertThat(servers)
        .extracting(Model.Server::address)
        .containsExactly("192.0.2.1:443", "192.0.2.2:853");
    assertThat(servers)
        .extracting(Model.Server::tls)
        .containsExactly(
            new Model.Tls("dns.test", "", true, "/q"), new Model.Tls("192.0.2.2", "", true, ""));
  }

  @Test
  void servers_canBeChangedUntilTheEnd() {
    Model model =
        file.model(
            """
            local first = newServer({address="192.0.2.1", id="one"})
            newServer("192.0.2.2")
            newServer("192.0.2.3")
            getServer(0).order = 9
            first.weight = 7
            getServer("one"):addPool("other")
            first:rmPool("")
            first:setDown()
            getServer(1):setUp()
            rmServer(2)
            assert(#getServers() == 2 and #getPoolServers("other") == 1)
            assert(first:getNameWithAddr() == "192.0.2.1:53")
            """);
    assertThat(model.servers()).hasSize(2);
    Model.Server first = model.servers().get(0);
    assertThat(first.order()).isEqualTo(9);
    assertThat(first.weight()).isEqualTo(7);
    assertThat(first.pools()).containsExactly("other");
    assertThat(first.check().mode()).isEqualTo("down");
    assertThat(model.servers().get(1).check().mode()).isEqualTo("up");
  }

  @ParameterizedTest
  @CsvSource({
    "leastOutstanding, least-outstanding",
    "firstAvailable, first-available",
    "roundrobin, round-robin",
    "wrandom, weighted-random",
    "chashed, consistent-hash",
    "whashed, consistent-hash",
  })
  void policy_becomesOurWord(String name, String word) {
    Model model =
        file.model("setServerPolicy(" + name + ")\nsetPoolServerPolicy(" + name + ", 'abuse')");
    assertThat(model.policy()).isEqualTo(word);
    assertThat(model.pools().get("abuse").policy()).isEqualTo(word);
    assertThat(file.model("").policy()).isEqualTo("least-outstanding");
  }

  @Test
  void cache_isThatOfThePoolsThatSetIt() {
    Model model =
        file.model(
            """
            local pc = newPacketCache(10000, {maxTTL=600, minTTL=5, temporaryFailureTTL=10,
              staleTTL=30, maxNegativeTTL=90, numberOfShards=4})
            getPool(""):setCache(pc)
            getPool("abuse"):setCache(pc)
            getPool("old"):setCache(newPacketCache(500, 300, 0, 20))
            getPool("none"):setCache(pc)
            getPool("none"):unsetCache()
            """);
    Model.Cache cache = model.pools().get("").cache();
    assertThat(cache)
        .isEqualTo(
            new Model.Cache(new Model.Place("dnsdist.conf", 1), 1, 10_000, 600, 5, 90, 10, 30));
    assertThat(model.pools().get("abuse").cache()).isEqualTo(cache);
    assertThat(model.pools().get("old").cache())
        .isEqualTo(
            new Model.Cache(new Model.Place("dnsdist.conf", 5), 2, 500, 300, 0, 3600, 20, 60));
    assertThat(model.pools().get("none").cache()).isNull();
    assertThat(model.warnings())
        .singleElement()
        .hasToString(
            "dnsdist.conf:1: newPacketCache: the option numberOfShards is ignored: the cache needs "
                + "no shards");
  }

  @Test
  void locals_areAddedAndReplaced() {
    Model model =
        file.model(
            """
            addLocal("192.0.2.1")
            setLocal("127.0.0.1:5353")
            addLocal("[::1]:5354", {doTCP=false, reusePort=true})
            addLocal("::1", {maxConcurrentTCPConnections=50, maxInFlight=10})
            """);
    assertThat(model.locals())
        .extracting(Model.Local::transport, Model.Local::address)
        .containsExactly(
            tuple("udp", "127.0.0.1:5353"),
            tuple("tcp", "127.0.0.1:5353"),
            tuple("udp", "[::1]:5354"),
            tuple("udp", "[::1]:53"),
            tuple("tcp", "[::1]:53"));
    assertThat(model.locals().get(4).options())
        .isEqualTo(Map.of("max-connections", 50L, "max-pipelined", 10L));
    assertThat(model.locals().get(4).place().line()).isEqualTo(4);
  }

  @Test
  void acl_isDnsdistsUntilItIsSet() {
    assertThat(file.model("").acl()).contains("127.0.0.0/8", "100.64.0.0/10", "::1").hasSize(9);
    assertThat(file.model("addACL('192.0.2.1/24')\nrmACL('::1/128')").acl())
        .contains("192.0.2.0/24")
        .doesNotContain("::1")
        .hasSize(9);
    assertThat(file.model("setACL({'0.0.0.0/0', '::/0'})").acl())
        .containsExactlyInAnyOrder("0.0.0.0/0", "::/0");
    assertThat(file.model("setACL('192.0.2.1')").acl()).containsExactly("192.0.2.1");
    file.write("acl.txt", "# networks\n192.0.2.0/24\n\n2001:db8::/32 # ours\n");
    assertThat(file.model("setACLFromFile('acl.txt')").acl())
        .containsExactlyInAnyOrder("192.0.2.0/24", "2001:db8::/32");
  }

  @Test
  void settings_thatMeanSomething() {
    assertThat(
            file.model(
                    """
                    setUDPTimeout(3)
                    setStaleCacheEntriesTTL(600)
                    setECSSourcePrefixV4(24)
                    setECSSourcePrefixV6(56)
                    setVerbose(true)
                    """)
                .settings())
        .isEqualTo(
            Map.of(
                "udp-timeout",
                3L,
                "stale-ttl",
                600L,
                "ecs-ipv4",
                24L,
                "ecs-ipv6",
                56L,
                "verbose",
                true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "newServer{address='192.0.2.1', qps=10} | the option qps is ignored: servers have no limit",
        "newServer('192.0.2.1', 10) | the option qps is ignored",
        "newServer{address='192.0.2.1', wieght=10} | unknown: \"wieght\"; did you mean \"weight\"",
        "newServer{address='192.0.2.1', source='eth0'} | source takes an address here",
        "newServer{address='192.0.2.1', useProxyProtocol=true} | servers are sent no headers of the",
        "addLocal('127.0.0.1', {interface='eth0'}) | listeners are bound to addresses",
        "newPacketCache(10, {dontAge=true}) | dontAge = true is ignored",
        "setServerPolicy(whashed) | whashed becomes consistent hashing",
        "webserver('127.0.0.1:8083') | webserver: this address has /metrics",
        "controlSocket('127.0.0.1:5199') | controlSocket: there is no console",
        "setKey('AAA=') | setKey has no effect",
      })
  void loss_isWarnedOf(String statement, String warning) {
    assertThat(file.model("\n" + statement).warnings())
        .singleElement()
        .asString()
        .startsWith("dnsdist.conf:2: ")
        .contains(warning);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "newServer() | #1 to 'newServer' (string or table expected, got no value)",
        "newServer({}) | newServer needs an address",
        "newServer('192.0.2.1').weight = 0.5 | the weight of this server must be a whole number from 1",
        "newServer('192.0.2.1').order = 'x' | the order of this server must be a whole number",
        "newServer('dns.test') | \"dns.test\" is no IP address with an optional port",
        "newServer('192.0.2.1:99999') | is no IP address with an optional port",
        "newServer{address='192.0.2.1', weight='3'} | newServer: weight must be a number, not a string",
        "newServer{address='192.0.2.1', weight=0} | weight must be a whole number from 1 to",
        "newServer{address='192.0.2.1', pool={1}} | pool must be text or a list of text",
        "newServer{address='192.0.2.1', healthCheckMode='never'} | is auto, active, lazy, up or down",
        "newServer{address='192.0.2.1', dohPath='/q'} | over HTTP without TLS is not supported",
        "newServer{address='192.0.2.1', tls='x', subjectAddr='dns.test'} | must be an IP address",
        "setProxyProtocolACL({'192.0.2.0/24', '!192.0.2.1'}) | can't have the exception !192.0.2.1",
        "setProxyProtocolApplyACLToProxiedClients('yes') | (boolean expected, got string)",
        "setServerPolicy('wrandom') | #1 to 'setServerPolicy' (ServerPolicy expected, got string)",
        "getPool(1) | #1 to 'getPool' (string expected, got number)",
        "getPool('x'):setCache(7) | #1 to 'ServerPool:setCache' (PacketCache expected, got number)",
        "newPacketCache(0) | a whole number from 1 to",
        "newPacketCache(5):expunge(0) | PacketCache:expunge is not supported: use `ctl cache purge`",
        "addLocal('localhost') | \"localhost\" is no IP address",
        "setACL(5) | #1 to 'setACL' (string or table or NetmaskGroup expected, got number)",
        "addACL('300.0.0.0/8') | bad argument #1 to 'addACL'",
        "setUDPTimeout(2.5) | a whole number from 0 to 60 expected, got 2.5",
        "setACLFromFile('nothing.txt') | setACLFromFile: there is no file nothing.txt",
      })
  void wrongArguments_areErrorsWithLine(String statement, String error) {
    assertThat(file.errors("\n\n" + statement).get(0))
        .startsWith("dnsdist.conf:3: ")
        .contains(error);
  }
}
