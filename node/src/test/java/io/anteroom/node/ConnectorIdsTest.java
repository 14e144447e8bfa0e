// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.netty.channel.epoll.Epoll;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A connector whose 65,536 ids are all live. */
final class ConnectorIdsTest {
  private static final int IDS = 1 << 16;
  private static final int HOLDS = 1;

  /** What a socket's buffer has room for. */
  private static final int BURST = 128;

  @TempDir private static Path directory;

  @Test
  void answersWithoutFreeId_getOnOverload_andNoneOfTheOthersIsLost() {
    assumeTrue(Epoll.isAvailable(), "Unix datagram sockets need epoll");
    String path = directory.resolve("filter").toString();
    try (DatagramFilter filter = DatagramFilter.unix(path, null, DatagramFilter.SILENT);
        TestNode node = start(path);
        UdpClient client = node.udp()) {
      for (int i = 0; i < IDS; i += BURST) {
        for (int j = i; j < i + BURST; j++) {
          client.send(query(j, "www.anteroom.test", Type.A));
        }
        awaitSent(node, i + BURST);
      }
      try (UdpClient other = node.udp()) {
        Message answer = other.ask(query(1, "www.anteroom.test", Type.A));
        assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(DnsMessages.addresses(answer)).isEmpty();
      }
      assertThat(node.count(HOLDS, SuspensionCounter.WITHDRAWN)).isEqualTo(1);

      assertEachIsAnswered(filter, client);
      AtRest.assertAtRest(List.of(node.node()));
      assertThat(node.count(HOLDS, SuspensionCounter.RESUMED)).isEqualTo(IDS);
    }
  }

  private static TestNode start(String path) {
    TestNode node =
        TestNode.start(
            """
            upstreams.default.servers = []
            zones = [ { origin = "anteroom.test" } ]
            filters.holds {
              async-id = 1, timeout = 10m, on-overload = refuse, max-per-client = 100000
              max-queued = 0
              connector { transport = unix, send-to = "%s" }
            }
            rules.self-answered = [ { match = all, action { suspend = holds } } ]
            """
                .formatted(path),
            Map.of());
    await().until(node.node().services().get(HOLDS)::isAvailable);
    return node;
  }

  private static void awaitSent(TestNode node, long n) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> node.count(HOLDS, SuspensionCounter.REQUESTS_SENT) == n);
  }

  private static void assertEachIsAnswered(DatagramFilter filter, UdpClient client) {
    Set<Integer> copies = new HashSet<>();
    Set<Integer> answered = new HashSet<>();
    for (int i = 0; i < IDS; i += BURST) {
      for (int j = 0; j < BURST; j++) {
        int id = filter.next().id();
        copies.add(id);
        filter.say("" + id);
      }
      for (int j = 0; j < BURST; j++) {
        byte[] answer = client.receive();
        assertThat(DnsMessages.parse(answer).getRcode()).isEqualTo(Rcode.NOERROR);
        answered.add((answer[0] & 0xff) << 8 | answer[1] & 0xff);
      }
    }
    assertThat(copies).hasSize(IDS);
    assertThat(answered).hasSize(IDS);
  }
}
