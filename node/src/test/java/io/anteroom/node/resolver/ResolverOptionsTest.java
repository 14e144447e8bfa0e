// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static io.anteroom.node.resolver.Lookups.found;
import static io.anteroom.node.resolver.Lookups.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TlsIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Type;

/** What a builder refuses. */
class ResolverOptionsTest {
  @TempDir private Path directory;
  private static final Duration ABSURD = Duration.ofSeconds(Long.MAX_VALUE);

  private static Arguments wrong(String option, UnaryOperator<ResolverBuilder> set) {
    return Arguments.of(option, set);
  }

  static Stream<Arguments> wrongOptions() {
    TrySettings usual = TrySettings.DEFAULT;
    TrySettings none =
        new TrySettings(usual.timeout(), Duration.ZERO, 1, usual.deadline(), usual.failoverOn());
    return Stream.of(
        wrong("tries", b -> b.tries(0)),
        wrong("tries", b -> b.tries(-1)),
        wrong("tries", b -> b.tries(Integer.MAX_VALUE)),
        wrong("timeout", b -> b.timeout(Duration.ZERO)),
        wrong("timeout", b -> b.timeout(Duration.ofMillis(-5))),
        wrong("timeout", b -> b.timeout(ABSURD)),
        wrong("timeout", b -> b.timeout(null)),
        wrong("deadline", b -> b.deadline(Duration.ofSeconds(-1))),
        wrong("deadline", b -> b.deadline(ABSURD)),
        wrong("ndots", b -> b.ndots(-1)),
        wrong("ndots", b -> b.ndots(16)),
        wrong("maxLookups", b -> b.maxLookups(0)),
        wrong("qcacheMaxTtl", b -> b.qcacheMaxTtl(Duration.ofSeconds(-1))),
        wrong("qcacheMaxTtl", b -> b.qcacheMaxTtl(ABSURD)),
        wrong("servers", b -> b.servers(InetSocketAddress.createUnresolved("dns.example", 53))),
        wrong("servers", b -> b.servers(String.join(",", Collections.nCopies(65, "127.0.0.1")))),
        wrong("udpPort", b -> b.udpPort(0)),
        wrong("tcpPort", b -> b.tcpPort(65_536)),
        wrong("maxTimeout", b -> b.channel(PoolSettings.of("wrong", List.of()).withTries(none))));
  }

  @ParameterizedTest(name = "{0} {index}")
  @MethodSource("wrongOptions")
  void build_optionOutOfItsLimits_isRefusedByName(
      String option, UnaryOperator<ResolverBuilder> set) {
    ResolverBuilder builder = set.apply(Resolver.builder());

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(option);
  }

  @Test
  void setServers_tooManyOrNone_isRefusedAndChangesNothing() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        Resolver resolver = Resolver.builder().servers(server.address()).build()) {
      ServerSettings one = ServerSettings.of(server.address());

      assertThatThrownBy(() -> resolver.setServers(Collections.nCopies(65, one)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("servers");

      found(resolver.resolve("www.example", Type.A));
    }
  }

  @Test
  void setServers_afterClose_fails() {
    Resolver resolver = Resolver.builder().build();
    resolver.close();

    assertThatThrownBy(() -> resolver.setServers("127.0.0.1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void ports_serversWithoutOne_areAskedThere() throws IOException {
    try (ScriptedServer udp = ScriptedServer.start(Asked::truncated);
        ScriptedServer tcp = ScriptedServer.start(Asked::answer)) {
      int udpPort = udp.address().getPort();
      int tcpPort = tcp.address().getPort();
      Path file = Files.writeString(directory.resolve("resolv.conf"), "nameserver 127.0.0.1\n");
      ResolverBuilder named = Resolver.builder().servers("127.0.0.1");
      ResolverBuilder system = Resolver.builder().resolvConf(file, Map.of());
      for (ResolverBuilder builder : List.of(named, system)) {
        try (Resolver resolver = builder.udpPort(udpPort).tcpPort(tcpPort).build()) {
          assertThat(DnsMessages.addresses(found(resolver.resolve("www.example", Type.A))))
              .containsExactly(Asked.addressOf("www.example"));
        }
      }
      assertThat(udp.queries()).hasSize(2);
      assertThat(tcp.queries()).hasSize(2).allMatch(Asked::tcp);
    }
  }

  @Test
  void getServers_afterSetServers_areThese() {
    try (Resolver resolver = Resolver.builder().servers("192.0.2.1").udpPort(5300).build()) {
      assertThat(resolver.getServers())
          .extracting(ServerText::of)
          .containsExactly("dns://192.0.2.1:5300?tcpport=53");

      resolver.setServers("192.0.2.2:54,2001:db8::1");

      assertThat(resolver.getServers())
          .extracting(ServerText::of)
          .containsExactly("192.0.2.2:54", "dns://[2001:db8::1]:5300?tcpport=53");
    }
  }

  @Test
  void servers_overTlsWithACa_areTrustedByThatAlone() {
    TlsIdentity identity = TlsIdentity.make(directory, "dns:dns.example");
    TlsIdentity other = TlsIdentity.make(directory, "dns:dns.example");
    Path ca = directory.resolve("ca.pem");
    Path otherCa = directory.resolve("other.pem");
    identity.writeCertificate(ca);
    other.writeCertificate(otherCa);
    try (ScriptedServer server = ScriptedServer.start(Asked::answer, identity.serverSockets())) {
      String uri =
          "dns+tls://127.0.0.1:" + server.address().getPort() + "?hostname=dns.example&ca=";
      try (Resolver resolver = Resolver.builder().servers(uri + ca).build()) {
        found(resolver.resolve("a.example", Type.A));

        resolver.setServers(uri + otherCa);
        assertThat(status(resolver.resolve("b.example", Type.A))).isEqualTo(Status.ECONNREFUSED);
        assertThatThrownBy(() -> resolver.setServers(uri + directory))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("ca ");
      }
      assertThat(server.queries()).hasSize(1);
    }
  }
}
