// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.anteroom.node.config.AdminSettings;
import io.anteroom.node.config.ClientSettings;
import io.anteroom.node.config.ConnectionLimits;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.TcpListenerSettings;
import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.protocol.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeConfigurationTest {
  private static final String WHOLE =
      """
      anteroom {
        listeners = [
          { transport = udp, address = "127.0.0.1:5354", receive-buffer = 1MiB }
          { transport = tcp, address = "[::1]:5354", idle-timeout = 3s, max-connections = 7 }
        ]
        acl = ["10.0.0.0/8"]
        upstreams.default {
          servers = ["192.0.2.1:5300", "192.0.2.2"], timeout = 1s, tries = 2, deadline = 3s
        }
        upstreams.internal.servers = "192.0.2.3:53"
        filters.blocklist {
          async-id = 7, timeout = 250ms, on-timeout = servfail, on-overload = drop
          on-no-filter = nxdomain, max-suspended = 10, max-per-client = 5, max-queued = 3
        }
        rules.query = [
          { match { suffix = ["corp.example"] }, action { pool = internal } }
          { match = all, action { suspend = blocklist } }
        ]
        zones = [ { origin = "anteroom.test" } ]
        cluster { host = localhost, port = 0, seeds = ["127.0.0.1:17355"] }
        admin { address = "127.0.0.1", token-file = "~/token" }
        loops = 2
        drain = 1s
      }
      """;

  @TempDir private Path directory;

  @Test
  void parse_wholeConfiguration_everySettingIsRead() throws Exception {
    NodeSettings settings = NodeConfiguration.parse(WHOLE).settings();

    assertThat(settings.listeners())
        .containsExactly(
            new UdpListenerSettings(
                "udp 127.0.0.1:5354",
                new InetSocketAddress("127.0.0.1", 5354),
                1 << 20,
                ClientSettings.NONE),
            new TcpListenerSettings(
                "tcp [::1]:5354",
                new InetSocketAddress("::1", 5354),
                new ConnectionLimits(Duration.ofSeconds(3), 7, 100, 100, 1_000),
                ClientSettings.NONE));
    assertThat(settings.acl()).hasSize(1);
    PoolSettings pool = settings.upstreams().get("default");
    assertThat(pool.servers())
        .containsExactly(
            ServerSettings.of(new InetSocketAddress("192.0.2.1", 5300)),
            ServerSettings.of(new InetSocketAddress("192.0.2.2", 53)));
    assertThat(pool.tries().timeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(pool.tries().tries()).isEqualTo(2);
    assertThat(pool.tries().deadline()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.upstreams()).containsOnlyKeys("default", "internal");
    assertThat(settings.zones()).hasSize(1);
    assertThat(settings.cluster().seeds()).containsExactly("127.0.0.1:17355");
    assertThat(settings.cluster().port()).isZero();
    assertThat(settings.embeddedBlocklist()).isFalse();
    assertThat(settings.loops()).isEqualTo(2);
    assertThat(settings.drain()).isEqualTo(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ match { suffix = ['*.corp.example'] }, action = drop } | suffix = 'corp.example' has all",
        "{ match { name = '*.corp.example' }, action = drop } | is a name with an asterisk in it",
        "{ match { suffix = 'ads*.example' }, action = drop } | is a name with an asterisk in it",
        "{ match { suffix = '*' }, action = drop } | is a name with an asterisk in it, no pattern",
        "{ match { transport = tcp }, action = drop } | match.transport: there is no listener for",
        "{ match { type = [] }, action = drop } | match.type: is an empty list, which no query is in",
        "{ match { rd = on, client = [] }, action = drop } | match.client: is an empty list",
        "{ match { tag = seen }, action = drop } | nothing in this configuration sets the tag 'seen'",
        "{ match = all, action = drop }, { match { rd = on }, action = drop } | [1].match: no query",
        "{ match = all, action { rcode = refused } }, { match = all, action = drop } | [1].match: no",
      })
  void parse_ruleThatNeverMatches_isWarnedOf(String rules, String warning) throws Exception {
    assertThat(warnings(rules))
        .singleElement()
        .asString()
        .contains(warning.replace('\'', '"'))
        .startsWith("text:1: anteroom.rules.query[");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ match = all, action { set-tag = seen } }, { match { tag = seen }, action = drop }",
        "{ match { tag = 'rpz=passthru' }, action = drop }",
        "{ match = all, action = truncate }, { match = all, action = drop }",
        "{ match { rd = on }, action = drop }, { match = all, action = drop }",
        "{ match = all, action = log }, { match = all, action = drop }",
      })
  void parse_ruleThatMayMatch_isNotWarnedOf(String rules) throws Exception {
    assertThat(warnings(rules)).isEmpty();
  }

  private static List<String> warnings(String rules) throws InvalidConfiguration {
    String quoted = rules.replace('\'', '"');
    String servers =
        "upstreams.default.servers = [], listeners = [{ transport = udp, address = \"127.0.0.1:0\" }]";
    return NodeConfiguration.parse("anteroom { rules.query = [" + quoted + "], " + servers + " }")
        .warnings();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1:7000 | 127.0.0.1:7000 | 7001 | 127.0.0.1:7000, which is taken by a listener",
        "0.0.0.0:7000 | 127.0.0.1:7000 | 7001 | 127.0.0.1:7000, which is taken by a listener",
        "127.0.0.1:7000 | 0.0.0.0:7000 | 7001 | 0.0.0.0:7000, which is taken by a listener",
        "127.0.0.1:7000 | 127.0.0.1:7001 | 7000 | 127.0.0.1:7000, which is taken by a listener",
        "127.0.0.1:7000 | 127.0.0.1:7001 | 7001 | 7001, which is taken by the admin interface",
      })
  void parse_oneTcpPortForTwo_isAnError(String listener, String admin, int cluster, String what) {
    assertThatThrownBy(() -> NodeConfiguration.parse(onPorts(listener, admin, cluster)))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(what);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1:7000 | 127.0.0.2:7000 | 7001 | ''",
        "[::]:7000 | 127.0.0.1:7000 | 7001 | ''",
        "127.0.0.1:0 | 127.0.0.1:0 | 0 | ''",
        "127.0.0.1:7000 | 127.0.0.1:7001 | 7000 | anteroom.cluster.bind = \"127.0.0.1:7002\"",
      })
  void parse_portsThatDoNotMeet_areTaken(String listener, String admin, int cluster, String bind) {
    assertThatCode(() -> NodeConfiguration.parse(onPorts(listener, admin, cluster) + bind))
        .doesNotThrowAnyException();
  }

  @Test
  void parse_listenerBesideAWildcardThatHasItsAddress_isAnError() {
    String two =
        """
        anteroom.listeners = [
          { transport = udp, address = "0.0.0.0:7000" }
          { transport = udp, address = "127.0.0.1:7000" }
        ]
        """;

    assertThatThrownBy(() -> NodeConfiguration.parse(two))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("text:3")
        .hasMessageContaining("127.0.0.1:7000 has a listener for udp already");
  }

  private static String onPorts(String listener, String admin, int cluster) {
    return """
    anteroom {
      listeners = [ { transport = tcp, address = "%s" }, { transport = udp, address = "%s" } ]
      admin.address = "%s"
      cluster.port = %d
    }
    """
        .formatted(listener, listener, admin, cluster);
  }

  @Test
  void parse_admin_isReadOrOff() throws Exception {
    AdminSettings given = NodeConfiguration.parse(WHOLE).settings().admin();

    assertThat(given.address()).isEqualTo(new InetSocketAddress("127.0.0.1", 9153));
    assertThat(given.tokenFile()).isEqualTo(Path.of(System.getProperty("user.home"), "token"));
    assertThat(NodeConfiguration.parse("anteroom { admin = off }").settings().admin()).isNull();
    assertThat(NodeConfiguration.parse("anteroom { admin = on }").settings().admin())
        .isEqualTo(AdminSettings.defaults());
    assertThat(NodeConfiguration.parse("anteroom {}").settings().admin())
        .isEqualTo(AdminSettings.defaults());
  }

  @Test
  void parse_filter_everySettingIsRead() throws Exception {
    var filter = NodeConfiguration.parse(WHOLE).settings().filters().get("blocklist");

    assertThat(filter.asyncId()).isEqualTo(7);
    assertThat(filter.timeout()).isEqualTo(Duration.ofMillis(250));
    assertThat(filter.onTimeout()).isEqualTo(Policy.SERVFAIL);
    assertThat(filter.onOverload()).isEqualTo(Policy.DROP);
    assertThat(filter.onNoFilter()).isEqualTo(Policy.NXDOMAIN);
    assertThat(filter.maxSuspended()).isEqualTo(10);
    assertThat(filter.maxPerClient()).isEqualTo(5);
    assertThat(filter.maxQueued()).isEqualTo(3);
  }

  @Test
  void parse_emptyBlock_hasDefaultsButNoFiltersRulesAndZones() throws Exception {
    NodeConfiguration configuration = NodeConfiguration.parse("anteroom {}");

    NodeSettings settings = configuration.settings();
    assertThat(settings.listeners()).isNotEmpty();
    assertThat(settings.filters()).isEmpty();
    assertThat(settings.zones()).isEmpty();
    assertThat(settings.embeddedBlocklist()).isFalse();
    assertThat(settings.upstreams()).containsOnlyKeys("default");
    assertThat(configuration.chains().of(Stage.QUERY).size()).isZero();
  }

  @Test
  void defaults_runTheExampleFilterAndTheBuiltInZone() {
    NodeConfiguration defaults = NodeConfiguration.defaults();

    NodeSettings settings = defaults.settings();
    assertThat(settings.listeners())
        .extracting(listener -> listener.address().getPort())
        .containsOnly(5354);
    assertThat(settings.filters().get("blocklist").asyncId()).isEqualTo(1);
    assertThat(settings.zones().get(0).origin()).isEqualTo("anteroom.test");
    assertThat(settings.embeddedBlocklist()).isTrue();
    assertThat(settings.cluster().port()).isEqualTo(17355);
    assertThat(defaults.chains().of(Stage.QUERY).size()).isEqualTo(1);
  }

  @Test
  void reference_everyCommentedKey_isTheDefault() throws Exception {
    String reference = reference();
    String uncommented =
        reference.lines().map(line -> line.replaceFirst("^( *)#(?=\\S)", "$1")).collect(lines());

    NodeSettings read = NodeConfiguration.parse(uncommented).settings();

    assertThat(read.listeners()).hasSize(4).containsAll(defaultSettings().listeners());
    assertThat(read.acl()).isEqualTo(defaultSettings().acl());
    assertThat(read.upstreams()).isEqualTo(defaultSettings().upstreams());
    assertThat(read.filters()).isEqualTo(defaultSettings().filters());
    assertThat(read.cluster()).isEqualTo(defaultSettings().cluster());
    assertThat(read.loops()).isEqualTo(defaultSettings().loops());
    assertThat(read.maxSuspendedBytes()).isEqualTo(defaultSettings().maxSuspendedBytes());
    assertThat(read.cacheBytes()).isEqualTo(defaultSettings().cacheBytes());
    assertThat(read.responseLimit()).isEqualTo(defaultSettings().responseLimit());
    assertThat(read.blocks()).isEqualTo(defaultSettings().blocks());
    assertThat(read.drain()).isEqualTo(defaultSettings().drain());
  }

  @ParameterizedTest
  @ValueSource(strings = {"company.conf", "node-with-filter.conf"})
  void examples_areGood(String name) throws Exception {
    Path example = Path.of("..", "deploy", "examples", name);

    assertThat(NodeConfiguration.load(example).chains().of(Stage.QUERY).size()).isPositive();
  }

  @Test
  void load_environmentVariable_isPutIn() throws Exception {
    Path file =
        write("anteroom { acl = [\"10.0.0.0/8\", ${?NO_SUCH_VARIABLE}], drain = ${?PATH} }");

    assertThat(messages(file)).singleElement().asString().contains("anteroom.drain: must be a");
  }

  @Test
  void load_zoneFile_isFoundBesideTheConfiguration() throws Exception {
    Path zone = Files.writeString(directory.resolve("corp.zone"), "");
    Path file = write("anteroom.zones = [ { origin = corp.example, file = corp.zone } ]");

    assertThat(NodeConfiguration.load(file).settings().zones().get(0).file())
        .isEqualTo(zone.toAbsolutePath());
  }

  @Test
  void load_allowedButDoubtful_isWarnedOf() throws Exception {
    Path file =
        write(
            """
            anteroom {
              filters.f.async-id = 1
              rules.response = [ { match = all, action { suspend = f, on-hit = skip } } ]
            }
            """);

    assertThat(NodeConfiguration.load(file).warnings())
        .singleElement()
        .asString()
        .startsWith(file + ":3: anteroom.rules.response[0].action.on-hit: ");
  }

  @Test
  void load_noSuchFile_saysSo() {
    Path file = directory.resolve("absent.conf");

    assertThat(messages(file)).containsExactly(file + ": no such file");
  }

  @Test
  void load_directory_saysSo() {
    assertThat(messages(directory)).containsExactly(directory + ": is a directory");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // unknown keys, at every level
        "anterom {} | 1 | anterom: unknown key; did you mean \"anteroom\"?",
        "anteroom { listener = [] } | 1 | anteroom.listener: unknown key; did you mean \"listeners\"",
        "anteroom { upstreams.default { servers = [], retries = 1 } } | 1"
            + " | anteroom.upstreams.default.retries: unknown key; did you mean \"tries\"?",
        "anteroom { rules.reponse = [] } | 1 | anteroom.rules.reponse: unknown key",
        "anteroom { filters.f { async-id = 1, on-timeuot = drop } } | 1"
            + " | anteroom.filters.f.on-timeuot: unknown key; did you mean \"on-timeout\"?",
        // wrong types
        "anteroom = 5 | 1 | anteroom: must be a block { ... }, not 5",
        "anteroom { listeners = udp } | 1 | anteroom.listeners: must be a list of blocks",
        "anteroom { listeners = [ udp ] } | 1 | anteroom.listeners[0]: must be a block",
        "anteroom { acl = [ { a = 1 } ] } | 1 | anteroom.acl[0]: must be a text, not {\"a\":1}",
        "anteroom { admin.port = 1 } | 1 | anteroom.admin.port: unknown key",
        "anteroom { admin.address = here } | 1 | anteroom.admin.address: no IP address",
        "anteroom { loops = many } | 1 | anteroom.loops: must be a whole number, not \"many\"",
        "anteroom { loops = 1.5 } | 1 | anteroom.loops: must be a whole number, not 1.5",
        "anteroom { drain = soon } | 1 | anteroom.drain: must be a duration",
        "anteroom { drain = 10 } | 1 | anteroom.drain: must be a duration",
        "anteroom { drain = [1s] } | 1 | anteroom.drain: must be a duration",
        "anteroom { embedded-blocklist = maybe } | 1 | must be on or off, not \"maybe\"",
        "anteroom { filters.f { async-id = 1, on-timeout = refused } } | 1"
            + " | anteroom.filters.f.on-timeout: unknown: \"refused\"; did you mean \"refuse\"?",
        // out of range
        "anteroom { loops = 0 } | 1 | anteroom.loops: must be 1 to 256, not 0",
        "anteroom { drain = 1h } | 1 | anteroom.drain: must be 0s to 1m, not \"1h\"",
        "anteroom { filters.f { async-id = 65536 } } | 1 | f.async-id: must be 0 to 65535",
        "anteroom { filters.f { async-id = 1, timeout = 0ms } } | 1"
            + " | anteroom.filters.f.timeout: must be 1ms to 1h, not \"0ms\"",
        "anteroom { filters.f { async-id = 99999999999999999999 } } | 1 | f.async-id: must be",
        "anteroom { upstreams.default { servers = [], tries = 11 } } | 1"
            + " | anteroom.upstreams.default.tries: must be 1 to 10, not 11",
        "anteroom { listeners = [{transport = udp, address = \"127.0.0.1:1\", receive-buffer = 1}]}"
            + " | 1 | anteroom.listeners[0].receive-buffer: must be 4096 to",
        // missing
        "other {} | 1 | anteroom: is missing",
        "anteroom { filters.f {} } | 1 | anteroom.filters.f.async-id: is missing",
        "anteroom { listeners = [ { transport = udp } ] } | 1"
            + " | anteroom.listeners[0].address: is missing",
        "anteroom { listeners = [] } | 1 | anteroom.listeners: must name one listener at least",
        "anteroom { upstreams.corp { tries = 1 } } | 1 | upstreams.corp.servers: is missing",
        "anteroom { zones = [ { file = x } ] } | 1 | anteroom.zones[0].origin: is missing",
        "anteroom { cluster.tls {} } | 1 | anteroom.cluster.tls.key: is missing",
        // addresses and networks
        "anteroom { acl = [\"10.0.0.1/8\"] } | 1 | anteroom.acl[0]: bits are set behind",
        "anteroom { listeners = [{transport = udp, address = \"localhost:53\"}] } | 1"
            + " | anteroom.listeners[0].address: no IP address: \"localhost\"",
        "anteroom { listeners = [{transport = sctp, address = \"127.0.0.1:53\"}] } | 1"
            + " | anteroom.listeners[0].transport: unknown: \"sctp\"; known are https, https3, quic, tcp, tls, udp",
        "anteroom { upstreams.default.servers = [\"::1:x\"] } | 1 | servers[0]: no IP address",
        "anteroom { upstreams.default.servers = [\"0.0.0.0:53\"] } | 1 | servers[0]: no server",
        "anteroom { cluster.seeds = [\"host\"] } | 1 | anteroom.cluster.seeds[0]: has no port",
        // what does not go together
        "anteroom { filters { a.async-id = 1, b.async-id = 1 } } | 1 | 1 is taken by filters.a",
        "anteroom { cluster.host = \"192.0.2.1\" } | 1 | anteroom.cluster.host: 192.0.2.1 is not"
            + " loopback: give cluster.tls, or say cluster.insecure = true",
        "anteroom { cluster.host = node-1.example } | 1 | cluster.host: node-1.example is not",
        "anteroom { cluster.host = \"0.0.0.0\" } | 1 | anteroom.cluster.host: is what other",
        "anteroom { embedded-blocklist = on } | 1 | embedded-blocklist: needs filters.blocklist",
        "anteroom { zones = [{origin = a.test}] } | 1 | zones[0].file: is missing",
        "anteroom { zones = [{origin = a.test, file = nowhere}] } | 1 | zones[0].file: no such",
        "anteroom { zones = [{origin = anteroom.test}, {origin = Anteroom.TEST.}] } | 1"
            + " | anteroom.zones[1].origin: the zone anteroom.test is there already",
        "anteroom { zones = [{origin = \"a..b\", file = x}] } | 1 | anteroom.zones[0].origin:",
        "anteroom { listeners = [{transport = udp, address = \"127.0.0.1:1\", idle-timeout = 1s}]}"
            + " | 1 | anteroom.listeners[0].idle-timeout: is not for a listener on udp",
        // rules
        "anteroom { rules.query = [ { match = all, action { suspend = f } } ] } | 1"
            + " | anteroom.rules.query[0].action.suspend: filter unknown: \"f\"",
        "anteroom { rules.query = [ { match = all, action { pool = defalt } } ] } | 1"
            + " | action.pool: upstream pool unknown: \"defalt\"; did you mean \"default\"?",
        "anteroom { rules.query = [ { match = none, action = drop } ] } | 1"
            + " | anteroom.rules.query[0].match: unknown: \"none\"; known are all",
        "anteroom { rules.query = [ { match {}, action = drop } ] } | 1 | match: selects nothing",
        "anteroom { rules.query = [ { match.suffix = \"a..b\", action = drop } ] } | 1"
            + " | anteroom.rules.query[0].match.suffix:",
        "anteroom { rules.query = [ { match.type = [A, AAAAA], action = drop } ] } | 1"
            + " | match.type[1]: unknown DNS type \"AAAAA\"",
        "anteroom { rules.query = [ { match.client = \"1.2.3\", action = drop } ] } | 1"
            + " | match.client: no IP address",
        "anteroom { rules.query = [ { match = all } ] } | 1 | query[0].action: is missing",
        "anteroom { rules.query = [ { match = all, action { rcode = refuse } } ] } | 1"
            + " | action.rcode: unknown: \"refuse\"; did you mean \"refused\"?",
        "anteroom { rules.query = [ { match = all, action { rcode = refused, pool = default } } ] }"
            + " | 1 | anteroom.rules.query[0].action: must have one of",
        "anteroom { rules.query = [ { match = all, action { rcode = refused,"
            + " extended-error.code = 70000 } } ] } | 1 | extended-error.code: must be 0 to 65535",
        // no HOCON
        "anteroom { | 1 | not closed",
        "anteroom { a = ${no.such} } | 1 | Could not resolve substitution",
      })
  void load_bad_saysFileLineAndKey(String text, int line, String what) throws Exception {
    Path file = write(text);

    assertThat(messages(file))
        .anySatisfy(
            message -> assertThat(message).startsWith(file + ":" + line + ": ").contains(what));
  }

  @Test
  void load_severalErrors_allAreToldInOrderWithTheirLines() throws Exception {
    Path file =
        write(
            """
            anteroom {
              drain = soon
              filters {
                one { async-id = 1 }
                two { async-id = 1 }
              }
              loop = 1
            }
            """);

    assertThat(messages(file))
        .satisfiesExactly(
            message -> assertThat(message).startsWith(file + ":2: anteroom.drain: "),
            message ->
                assertThat(message)
                    .isEqualTo(
                        file + ":5: anteroom.filters.two.async-id: 1 is taken by filters.one"),
            message -> assertThat(message).startsWith(file + ":7: anteroom.loop: unknown key"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:5354", "0.0.0.0:5354", "[::]:5354"})
  void parse_upstreamIsAListener_isRefused(String listener) {
    String text =
        "anteroom { listeners = [ { transport = tcp, address = \"%s\" } ]\n".formatted(listener)
            + "upstreams.default.servers = [\"127.0.0.1:5300\", \"127.0.0.1:5354\"] }";

    assertThatThrownBy(() -> NodeConfiguration.parse(text))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessage(
            "text:2: anteroom.upstreams.default.servers[1]: 127.0.0.1:5354 is one of this node's"
                + " own listeners");
  }

  @Test
  void parse_twoListenersOnOneAddress_isRefusedButForAnotherTransport() throws Exception {
    String text =
        """
        anteroom.listeners = [
          { transport = udp, address = "127.0.0.1:5354" }
          { transport = tcp, address = "127.0.0.1:5354" }
          { transport = udp, address = "127.0.0.1:5354" }
        ]
        """;

    assertThatThrownBy(() -> NodeConfiguration.parse(text))
        .hasMessage(
            "text:4: anteroom.listeners[2].address: 127.0.0.1:5354 has a listener for udp already");
  }

  @Test
  void parse_listenersOnPortZero_mayBeMany() throws Exception {
    String udp = "{ transport = udp, address = \"127.0.0.1:0\" }";

    assertThat(
            NodeConfiguration.parse("anteroom.listeners = [" + udp + ", " + udp + "]")
                .settings()
                .listeners())
        .hasSize(2);
  }

  @Test
  void parse_offLoopbackSaidToBeInsecure_isTaken() throws Exception {
    String text = "anteroom.cluster { host = \"192.0.2.1\", insecure = true }";

    assertThat(NodeConfiguration.parse(text).settings().cluster().insecure()).isTrue();
  }

  @Test
  void load_tls_filesAreFoundBesideTheConfiguration() throws Exception {
    for (String name : List.of("node.key", "node.crt", "ca.crt")) {
      Files.writeString(directory.resolve(name), "");
    }
    Path file =
        write(
            "anteroom.cluster { host = \"192.0.2.1\", tls { key = node.key, certificate = node.crt,"
                + " ca = ca.crt } }");

    assertThat(NodeConfiguration.load(file).settings().cluster().tls().caCertificate())
        .isEqualTo(directory.resolve("ca.crt").toAbsolutePath());
  }

  private static NodeSettings defaultSettings() {
    return NodeConfiguration.defaults().settings();
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("anteroom.conf"), text);
  }

  private static List<String> messages(Path file) {
    return catchThrowableOfType(InvalidConfiguration.class, () -> NodeConfiguration.load(file))
        .messages();
  }

  private static String reference() throws IOException {
    try (InputStream in = NodeConfiguration.class.getResourceAsStream("/anteroom-default.conf")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static java.util.stream.Collector<CharSequence, ?, String> lines() {
    return Collectors.joining("\n");
  }
}
