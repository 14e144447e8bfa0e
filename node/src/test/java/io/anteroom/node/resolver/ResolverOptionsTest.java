// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static io.anteroom.node.resolver.Lookups.found;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Type;

/** What a builder refuses. */
class ResolverOptionsTest {
  private static final Duration ABSURD = Duration.ofSeconds(Long.MAX_VALUE);

  private static Arguments wrong(String option, UnaryOperator<ResolverBuilder> set) {
    return Arguments.of(option, set);
  }

  static Stream<Arguments> wrongOptions() {
    SocketSettings none =
        new SocketSettings(0, 10_000, Duration.ofSeconds(60), 100, null, 1 << 20, 0, 1_232);
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
        wrong("sockets", b -> b.channel(PoolSettings.of("wrong", List.of()).withSockets(none))));
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
}
