// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

/** Equal questions of many clients, whose packets the system spreads over the event loops. */
final class UpstreamSharingTest {
  private static final int CLIENTS = 64;

  @Test
  void equalQuestionsOnAllLoops_leadToOneUpstreamQuery() {
    List<Asked> held = new CopyOnWriteArrayList<>();
    try (ScriptedServer server = ScriptedServer.start(held::add);
        TestNode node =
            TestNode.start(
                """
                loops = 2
                cache.max-bytes = 0
                upstreams.default {
                  # The answer is held back, and no query may be repeated meanwhile.
                  servers = "127.0.0.1:%d", timeout = 1m, max-timeout = 1m, tries = 1, deadline = 1m
                }
                """
                    .formatted(server.address().getPort()),
                Map.of())) {
      List<UdpClient> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        UdpClient client = node.udp();
        clients.add(client);
        client.send(query(i));
      }
      node.awaitCount(Counter.UPSTREAM_SHARED, CLIENTS - 1);
      await().until(() -> held.size() == 1);
      held.get(0).answer();

      for (int i = 0; i < CLIENTS; i++) {
        assertThat(DnsMessages.addresses(clients.get(i).receiveAnswerTo(query(i))))
            .containsExactly(Asked.addressOf("same.example"));
        clients.get(i).close();
      }
      assertThat(server.queries()).hasSize(1);
    }
  }

  private static byte[] query(int client) {
    return DnsMessages.query(1000 + client, "same.example", Type.A);
  }
}
