// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What depends on the machine that a configuration is read on. */
final class NodeSettingsReaderTest {
  private static final List<InetSocketAddress> ONE_SERVER =
      List.of(Addresses.withPort("192.0.2.1:53"));

  private static List<String> warnings(String text, List<InetSocketAddress> servers)
      throws InvalidConfiguration {
    SettingsReader anteroom = SettingsSource.plain("anteroom", text);
    Machine machine = new Machine(servers, address -> false, false, 2, 1L << 30);
    NodeSettingsReader.read(anteroom, Path.of(""), machine);
    anteroom.finish();
    return anteroom.warnings();
  }

  @Test
  void read_systemWithoutServers_isWarnedOfWhereTheyAreAsked() throws InvalidConfiguration {
    String asked = "upstreams.default.servers = system";

    assertThat(warnings("", List.of())).singleElement().asString().contains("resolv.conf names no");
    assertThat(warnings(asked, List.of())).singleElement().asString().contains("anteroom:1");
    assertThat(warnings(asked, ONE_SERVER)).isEmpty();
    assertThat(warnings("upstreams.default.servers = []", List.of())).isEmpty();
  }

  @Test
  void read_aclOfNobody_isWarnedOf() throws InvalidConfiguration {
    assertThat(warnings("acl = []", ONE_SERVER)).singleElement().asString().contains("nobody may");
    assertThat(warnings("acl = [\"10.0.0.0/8\"]", ONE_SERVER)).isEmpty();
  }
}
