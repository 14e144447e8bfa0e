// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code anteroom ctl upstreams} against a node. */
final class CtlUpstreamsTest {
  @TempDir private static Path directory;
  private static TestNode node;
  private final Terminal terminal = new Terminal(new ByteArrayInputStream(new byte[0]));

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["192.0.2.1"]
            upstreams.internal.servers = []
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(directory.resolve("token")),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private int upstreams(String... args) {
    List<String> all = new ArrayList<>(List.of("ctl", "upstreams"));
    all.addAll(List.of(args));
    all.addAll(List.of("--admin", Addresses.text(node.node().adminAddress())));
    all.addAll(List.of("--token-file", directory.resolve("token").toString()));
    return terminal.run(new FakeStarter(), all.toArray(String[]::new));
  }

  @Test
  void list_showsServersAndTheirState() {
    assertThat(upstreams("list")).isZero();
    assertThat(terminal.out().lines().toList().get(0))
        .containsSubsequence("POOL", "SERVER", "STATE", "FAILURES", "IN FLIGHT", "P99");
    assertThat(terminal.out()).containsSubsequence("default", "192.0.2.1:53", "up", "0");
  }

  @Test
  void set_showsTheServersAsTheyAreNow() {
    assertThat(upstreams("set", "internal", "192.0.2.7,[2001:db8::1]:5300")).isZero();
    assertThat(terminal.out())
        .containsSubsequence("internal", "192.0.2.7:53", "internal", "[2001:db8::1]:5300");
    assertThat(terminal.out()).doesNotContain("default");
  }

  @Test
  void set_badText_isWrongUse() {
    assertThat(upstreams("set", "internal", "dns.example")).isEqualTo(2);
    assertThat(terminal.err()).contains("no IP address: \"dns.example\"");
  }

  @Test
  void set_ownListener_isToldOf() {
    String own = Addresses.text(node.address(Transport.UDP));
    assertThat(upstreams("set", "internal", own)).isEqualTo(1);
    assertThat(terminal.err()).contains(own + " is one of this node's own listeners");
  }

  @Test
  void set_unknownPool_isToldOf() {
    assertThat(upstreams("set", "no pool/of ours", "192.0.2.1")).isEqualTo(1);
    assertThat(terminal.err()).contains("no upstream pool has this name");
  }

  @Test
  void commandMissing_isWrongUse() {
    assertThat(terminal.run(new FakeStarter(), "ctl", "upstreams")).isEqualTo(2);
  }
}
