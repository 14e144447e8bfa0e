// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerPolicy;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.policy.Extension;
import io.anteroom.protocol.Stage;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What dnsdist files become, as the node reads it. */
class TranslationTest {
  @TempDir private Path directory;

  private Path write(String... lines) throws Exception {
    Path file = directory.resolve("a.lua");
    Files.writeString(file, String.join("\n", lines) + "\n");
    return file;
  }

  private NodeConfiguration read(String... lines) throws Exception {
    return read(List.of(), lines);
  }

  private NodeConfiguration read(List<InetSocketAddress> locals, String... lines) throws Exception {
    NodeConfiguration read = NodeConfiguration.dnsdist(write(lines), locals);
    read.live().policies().extension().close();
    return read;
  }

  private static PoolSettings pool(NodeConfiguration configuration, String name) {
    return configuration.settings().upstreams().get(name);
  }

  private static List<String> listeners(NodeConfiguration configuration) {
    return configuration.settings().listeners().stream().map(ListenerSettings::name).toList();
  }

  private String errorOf(String... lines) throws Exception {
    Path file = write(lines);
    var refused =
        catchThrowableOfType(
            InvalidConfiguration.class, () -> NodeConfiguration.dnsdist(file, List.of()));
    assertThat(refused).isNotNull();
    return refused.getMessage().replace(directory + "/", "");
  }

  @Test
  void emptyFile_hasTheDefaultsOfDnsdist() throws Exception {
    NodeConfiguration configuration = read("");
    NodeSettings settings = configuration.settings();

    assertThat(listeners(configuration)).containsExactly("udp 127.0.0.1:53", "tcp 127.0.0.1:53");
    assertThat(settings.acl()).extracting(Object::toString).contains("100.64.0.0/10", "::1");
    assertThat(settings.admin()).isNull();
    assertThat(settings.cluster().port()).isZero();
    assertThat(settings.responseLimit()).isNull();
    assertThat(settings.zones()).isEmpty();
    assertThat(pool(configuration, "default").servers()).isEmpty();
    assertThat(pool(configuration, "default").cache().on()).isFalse();
    assertThat(configuration.warnings()).isEmpty();
    for (Stage stage : Stage.values()) {
      assertThat(configuration.chains().of(stage).size()).isZero();
    }
  }

  @Test
  void server_isAskedAsByDnsdist() throws Exception {
    PoolSettings pool = pool(read("newServer(\"192.0.2.1\")"), "default");

    assertThat(pool.servers())
        .containsExactly(ServerSettings.of(new InetSocketAddress("192.0.2.1", 53)));
    assertThat(pool.choice().policy()).isEqualTo(ServerPolicy.LEAST_OUTSTANDING);
    Duration two = Duration.ofSeconds(2);
    assertThat(pool.tries())
        .isEqualTo(new TrySettings(two, two, 1, Duration.ofSeconds(4), Set.of()));
    assertThat(pool.flags()).containsExactly(ChannelFlag.EDNS);
    assertThat(pool.sockets().cookies()).isFalse();
    Duration second = Duration.ofSeconds(1);
    assertThat(pool.health().check())
        .isEqualTo(new HealthSettings.Check("a.root-servers.net.", 1, second, second, Set.of(2)));
  }

  @Test
  void servers_areSortedAndLeftOutByTheirOptions() throws Exception {
    NodeConfiguration configuration =
        read(
            "newServer{address=\"192.0.2.1\", order=2, weight=3000}",
            "newServer{address=\"192.0.2.2:5300\", order=1, weight=1500, name=\"two\"}",
            "newServer{address=\"192.0.2.3\", healthCheckMode=\"down\"}",
            "newServer{address=\"192.0.2.4\", pool={\"a\", \"b c\"}, tcpOnly=true, udpTimeout=5,"
                + " healthCheckMode=\"up\", source=\"192.0.2.9\", mustResolve=true}",
            "setServerPolicy(wrandom)",
            "setPoolServerPolicy(firstAvailable, \"a\")");

    List<ServerSettings> servers = pool(configuration, "default").servers();
    assertThat(servers)
        .extracting(server -> Addresses.text(server.address()) + " " + server.weight())
        .containsExactly("192.0.2.2:5300 500", "192.0.2.1:53 1000");
    PoolSettings a = pool(configuration, "a");
    assertThat(a.choice().policy()).isEqualTo(ServerPolicy.FIRST_AVAILABLE);
    assertThat(a.flags()).contains(ChannelFlag.USE_VC);
    assertThat(a.tries().timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(a.health().check()).isNull();
    assertThat(a.sockets().localAddress()).isEqualTo(Addresses.literal("192.0.2.9"));
    assertThat(pool(configuration, "pool.b_20c").servers()).isEqualTo(a.servers());
  }

  @Test
  void caches_areThoseOfTheirPools() throws Exception {
    NodeConfiguration configuration =
        read(
            "getPool(\"\"):setCache(newPacketCache(10, {maxTTL=7200, temporaryFailureTTL=30}))",
            "newServer{address=\"192.0.2.1\", pool=\"bare\"}",
            "setStaleCacheEntriesTTL(600)");

    var cache = pool(configuration, "default").cache();
    assertThat(cache.on()).isTrue();
    assertThat(cache.ttls().most()).isEqualTo(7200);
    assertThat(cache.ttls().failure()).isEqualTo(30);
    assertThat(cache.ttls().mostNegative()).isEqualTo(3600);
    assertThat(cache.prefetchHits()).isZero();
    assertThat(cache.nxdomainCut()).isFalse();
    assertThat(cache.stale().keep()).isEqualTo(Duration.ofMinutes(10));
    assertThat(cache.stale().ttl()).isEqualTo(Duration.ofMinutes(1));
    assertThat(pool(configuration, "bare").cache().on()).isFalse();
  }

  @Test
  void addressesOfTheFile_areListenedAtOnce_andThoseOfTheCommandLineInTheirPlace()
      throws Exception {
    String[] lines = {
      "setLocal(\"127.0.0.1:5301\")",
      "addLocal(\"127.0.0.1:5301\", {reusePort=true})",
      "addLocal(\"127.0.0.2:5301\", {doTCP=false})"
    };

    assertThat(listeners(read(lines)))
        .containsExactly("udp 127.0.0.1:5301", "tcp 127.0.0.1:5301", "udp 127.0.0.2:5301");
    assertThat(listeners(read(List.of(new InetSocketAddress("127.0.0.3", 5302)), lines)))
        .containsExactly("udp 127.0.0.3:5302", "tcp 127.0.0.3:5302");
  }

  @Test
  void webserver_isWhereTheNodeHasItsAdminInterface_orElseTheConsole() throws Exception {
    String console = "controlSocket(\"127.0.0.1\")";
    String web = "webserver(\"127.0.0.1:8083\")";

    NodeConfiguration both = read(console, web);
    NodeConfiguration one = read(console);

    assertThat(both.settings().admin().address())
        .isEqualTo(new InetSocketAddress("127.0.0.1", 8083));
    assertThat(one.settings().admin().address())
        .isEqualTo(new InetSocketAddress("127.0.0.1", 5199));
    assertThat(both.warnings()).hasSize(2).allMatch(line -> line.contains("a.lua:"));
  }

  @Test
  void clientSubnet_isToldIfAllServersWantIt_andNobodyIsToldOtherwise() throws Exception {
    NodeConfiguration all = read("newServer{address=\"192.0.2.1\", useClientSubnet=true}");
    NodeConfiguration some =
        read("newServer{address=\"192.0.2.1\", useClientSubnet=true}", "newServer(\"192.0.2.2\")");

    assertThat(all.chains().of(Stage.QUERY).rules().get(0).part("action"))
        .isEqualTo("ecs{ipv4=32,ipv6=128}");
    assertThat(some.chains().of(Stage.QUERY).size()).isZero();
    assertThat(some.warnings())
        .singleElement()
        .satisfies(line -> assertThat(line).contains("a.lua:1: newServer: useClientSubnet"));
  }

  @Test
  void errorsOfTheConfiguration_haveThePlaceInTheFile() throws Exception {
    assertThat(errorOf("", "newServer(\"127.0.0.1:53\")"))
        .startsWith("a.lua:2: 127.0.0.1:53 is one of this node's own")
        .endsWith("(upstreams.default.servers[0])");
    assertThat(errorOf("setLocal(\"0.0.0.0:5301\")", "addLocal(\"127.0.0.1:5301\")"))
        .contains("a.lua:2: 127.0.0.1:5301 has a listener for udp already");
  }

  @Test
  void tlsWithoutAName_isRefused() throws Exception {
    String open = "newServer{address=\"192.0.2.1\", tls=\"openssl\", validateCertificates=false}";
    String bare = "newServer{address=\"192.0.2.1\", tls=\"openssl\"}";

    assertThat(errorOf(open, bare).lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("a.lua:1: newServer: over TLS"),
            line -> assertThat(line).startsWith("a.lua:2: newServer: over TLS"));
  }

  @Test
  void import_ofFunctions_isCommentsThatSayWhatToDo() throws Exception {
    Path file =
        write(
            "newServer(\"192.0.2.1\")",
            "addAction(QTypeRule(\"TXT\"), LuaAction(function(dq) return DNSAction.Drop end))",
            "addAction(AllRule(), RCodeAction(5), {name=\"last\"})");
    Translation translation = DnsdistConfiguration.translate(file);

    assertThat(translation.text())
        .contains("a.lua:2 calls a function of Lua", "#{ name = \"a.lua:2\"", "name = last");
    NodeConfiguration read =
        NodeConfiguration.parse("text", translation.text(), directory, Extension.NONE);
    assertThat(read.chains().of(Stage.QUERY).rules()).hasSize(1);
    assertThat(read.settings().admin()).isNotNull();
  }

  @Test
  void missingFile_isOneLine() {
    Path absent = directory.resolve("absent.lua");

    assertThatThrownBy(() -> NodeConfiguration.dnsdist(absent, List.of()))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageStartingWith(absent.toString());
  }
}
