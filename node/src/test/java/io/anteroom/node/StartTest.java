// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What a node answers while it starts. */
final class StartTest {
  private static final String NAME = "www.wild.anteroom.test";
  private static final String SETTINGS =
      """
      upstreams.default.servers = []
      zones = [ { origin = "anteroom.test" } ]
      filters.guard { async-id = 1, timeout = 5s, on-no-filter = continue }
      rules.query = [ { match = all, action { suspend = guard } } ]
      start-within = %s
      """;

  @Test
  void nothingPasses_beforeTheFilterIsThere() throws Exception {
    TestFilter guard = new TestFilter();
    guard.on(NAME, Verdict.rcode(Rcode.REFUSED));
    // It is asked before it has joined its cluster.
    assertThat(firstAnswer("60s", Map.of("guard", guard))).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void filterThatDoesNotCome_isNotWaitedForLongerThanSaid() throws Exception {
    assertThat(firstAnswer("100ms", Map.of())).isEqualTo(Rcode.NOERROR);
  }

  private static int firstAnswer(String startWithin, Map<String, Filter> filters) throws Exception {
    Node node = Node.start(TestNode.configuration(SETTINGS.formatted(startWithin)), filters);
    try (UdpClient client = new UdpClient("127.0.0.1", node.listening().get(0).address())) {
      client.send(query(1, NAME, Type.A));
      return DnsMessages.parse(client.receive()).getRcode();
    } finally {
      node.stop().toCompletableFuture().get(2, TimeUnit.MINUTES);
    }
  }
}
