// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What rules do that depends on a running node. */
class RuleEffectsTest {

  @Test
  void poolUsable_itsServersAreDown_selectsNothingAnyMore() {
    try (ScriptedServer upstream = ScriptedServer.start(Asked::answer);
        TestNode node =
            TestNode.start(
                """
                upstreams.default.servers = ["127.0.0.1:%d"]
                upstreams.gone {
                  servers = ["127.0.0.1:%d"], tries = 1, server-failover.down-after = 1
                }
                rules.query = [
                  { match.suffix = gone.test, action.pool = gone }
                  { match { suffix = main.test, pool-usable = gone }, action.rcode = refused }
                ]
                """
                    .formatted(upstream.address().getPort(), ScriptedServer.nobody().getPort()),
                Map.of());
        UdpClient client = node.udp()) {
      assertThat(rcode(client, "main.test")).isEqualTo(Rcode.REFUSED);

      assertThat(rcode(client, "gone.test")).isEqualTo(Rcode.SERVFAIL);
      node.awaitCount(Counter.UPSTREAM_WENT_DOWN, 1);

      assertThat(rcode(client, "main.test")).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void delayedQuery_theNodeEnds_isAnsweredAllTheSame() {
    TestNode node =
        TestNode.start(
            """
            drain = 50ms
            rules.query = [
              { match = all, action.delay = 5s }
              { match = all, action.rcode = refused }
            ]
            """,
            Map.of());
    try (UdpClient client = node.udp()) {
      byte[] query = DnsMessages.query(6, "late.test", Type.A);
      client.send(query);
      node.awaitCount(Counter.DELAYED, 1);

      node.close();

      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.REFUSED);
    }
  }

  private static int rcode(UdpClient client, String name) {
    return client.ask(DnsMessages.query(4, name, Type.A)).getRcode();
  }
}
