// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.anteroom.node.config.ClientSettings;
import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.ProxySettings;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The blocks {@code proxy-protocol} and {@code identity} of a listener, and what rules say. */
final class ClientConfigurationTest {
  private static ClientSettings read(String transport, String blocks) throws Exception {
    ListenerSettings listener =
        NodeConfiguration.parse(listener(transport, blocks)).settings().listeners().get(0);
    return listener.clients();
  }

  private static String listener(String transport, String blocks) {
    return "anteroom.listeners = [{ transport = %s, address = \"127.0.0.1:53\"\n %s }]"
        .formatted(transport, blocks);
  }

  @Test
  void listener_withoutThem_hasNone() throws Exception {
    assertThat(read("udp", "")).isEqualTo(ClientSettings.NONE);
  }

  @Test
  void blocks_haveTheirSettings_andAreEqualWhenReadAgain() throws Exception {
    String blocks =
        """
        proxy-protocol { version = v2, from = ["192.0.2.0/24", "2001:db8::1"], timeout = 1s }
        identity {
          sni = "C-*.DNS.example", proxy-tlv = 0xEA, edns { from = "10.0.0.0/8", options = 65074 }
        }
        """;
    ClientSettings settings = read("tcp", blocks);

    ProxySettings proxy = settings.proxy();
    assertThat(proxy).isNotNull();
    assertThat(proxy.from().contains(InetAddress.getByName("192.0.2.9"))).isTrue();
    assertThat(proxy.from().contains(InetAddress.getByName("2001:db8::2"))).isFalse();
    assertThat(proxy.timeout()).isEqualTo(Duration.ofSeconds(1));
    IdentitySource identity = settings.identity();
    assertThat(identity.proxyTlv()).isEqualTo(234);
    assertThat(identity.options()).isEqualTo(List.of(IdentitySource.CPE));
    assertThat(identity.trusted().contains(InetAddress.getByName("10.1.2.3"))).isTrue();
    assertThat(identity.serverName().find("c-anna.dns.example")).isEqualTo("anna");
    assertThat(identity.serverName().find("c-.dns.example")).isNull();
    assertThat(identity.serverName().find("c-a.b.dns.example")).isNull();
    assertThat(read("tcp", blocks)).isEqualTo(settings);
    assertThat(read("tcp", blocks)).hasSameHashCodeAs(settings);
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        arguments("proxy-protocol {}", "proxy-protocol.from: is missing"),
        arguments("proxy-protocol { from = [] }", "must name one proxy at least"),
        arguments("proxy-protocol { from = [\"x\"] }", "proxy-protocol.from"),
        arguments(
            "proxy-protocol { version = v1, from = \"10.0.0.1\" }", "version: unknown: \"v1\""),
        arguments("proxy-protocol = v2", "proxy-protocol"),
        arguments("identity { sni = \"*.dns.example\" }", "sni: is for transports with TLS"),
        arguments("identity { path = \"/{identity}\" }", "path: is for transports with HTTP"),
        arguments("identity { proxy-tlv = 1 }", "proxy-tlv: is for a listener with proxy-protocol"),
        arguments("identity { edns {} }", "edns.from: is missing"),
        arguments(
            "identity { edns { from = \"10.0.0.0/8\", options = [8] } }",
            "options[0]: must be 65001, 65073 or 65074, not \"8\""),
        arguments("identity { snni = x }", "unknown key"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrongBlock_isRefusedWithItsPlace(String blocks, String message) {
    assertRefused(listener("udp", blocks), message);
  }

  @Test
  void wrongPatternsAndTypes_areRefused() {
    String proxied = "proxy-protocol { from = \"10.0.0.1\" }, identity { %s }";
    assertRefused(listener("tcp", proxied.formatted("sni = \"dns.example\"")), "once");
    assertRefused(listener("tcp", proxied.formatted("sni = \"*.*.example\"")), "once");
    assertRefused(listener("tcp", proxied.formatted("sni = \"*.d n.example\"")), "host name");
    assertRefused(listener("tcp", proxied.formatted("proxy-tlv = 256")), "type of a TLV");
    assertRefused(listener("tcp", proxied.formatted("proxy-tlv = mac")), "type of a TLV");
  }

  @ParameterizedTest
  @MethodSource("wrongMatches")
  void wrongSelector_isRefused(String match, String message) {
    assertRefused(
        "anteroom.rules.query = [\n{ match { %s }, action = nodata }]".formatted(match), message);
  }

  static Stream<Arguments> wrongMatches() {
    return Stream.of(
        arguments("identity = [\"a b\"]", "an identity has 1 to 128 characters"),
        arguments("sni = [\"a..b\"]", "must be a host name"),
        arguments("http-path = [\"dns-query\"]", "must be a path that begins with /"),
        arguments("http-path = [\"/a*b\"]", "an asterisk at its end"),
        arguments("client-rate { above = 1, by = name }", "by: unknown: \"name\""));
  }

  private static void assertRefused(String configuration, String message) {
    assertThatThrownBy(() -> NodeConfiguration.parse(configuration))
        .isInstanceOfSatisfying(
            InvalidConfiguration.class,
            e -> assertThat(e.messages()).anyMatch(line -> line.contains(message)));
  }
}
