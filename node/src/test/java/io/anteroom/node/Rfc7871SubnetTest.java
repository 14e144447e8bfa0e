// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

/** Answers that upstream servers gave for one client network are kept from others. */
class Rfc7871SubnetTest {

  @Test
  void answers_areCachedForEachNetworkApart() {
    try (ScriptedServer upstream = ScriptedServer.start(Asked::answer);
        TestNode node =
            TestNode.start(
                """
                upstreams.default.servers = ["127.0.0.1:%d"]
                rules.query = [ { match.suffix = near.test, action.ecs = on } ]
                """
                    .formatted(upstream.address().getPort()),
                Map.of())) {
      // Two clients of one network, and one of another.
      for (String client : List.of("127.0.0.2", "127.0.0.3", "127.0.7.2")) {
        ask(node, client, "a.near.test");
        ask(node, client, "a.far.test");
      }

      assertThat(upstream.queries("a.near.test")).hasSize(2);
      assertThat(upstream.queries("a.far.test")).hasSize(1);
    }
  }

  private static void ask(TestNode node, String client, String name) {
    try (UdpClient udp = new UdpClient(client, node.address(Transport.UDP))) {
      assertThat(udp.ask(DnsMessages.query(5, name, Type.A)).getRcode()).isZero();
    }
  }
}
