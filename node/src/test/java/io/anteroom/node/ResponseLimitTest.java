// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/** Equal responses over UDP and TCP, more of them than a client may have. */
final class ResponseLimitTest {
  private static final String ZONE = "zones = [ { origin = \"anteroom.test\" } ]\n";
  private static final int RATE = 5;
  private static final int ASKED = 60;

  private static TestNode start(String limit) {
    return TestNode.start(ZONE + "response-rate-limit " + limit, Map.of());
  }

  private static TestNode limited() {
    return start("{ responses-per-second = " + RATE + ", exempt = [] }");
  }

  private static UdpClient client(TestNode node, String from) {
    return new UdpClient(from, node.address(Transport.UDP));
  }

  private static byte[] query(int id) {
    return DnsMessages.query(id, "www.anteroom.test", Type.A);
  }

  @Test
  void udp_aboveTheRate_everySecondIsTruncatedAndTheOthersDropped() {
    try (TestNode node = limited();
        DnsClient client = client(node, "127.0.7.1")) {
      for (int i = 0; i < ASKED; i++) {
        client.send(query(i));
      }
      await()
          .until(
              () -> node.count(Counter.ANSWERS) + node.count(Counter.RESPONSES_LIMITED) == ASKED);

      long answers = node.count(Counter.ANSWERS);
      int truncated = 0;
      for (int i = 0; i < answers; i++) {
        Message answer = DnsMessages.parse(client.receive());
        if (answer.getHeader().getFlag(Flags.TC)) {
          truncated++;
          assertThat(DnsMessages.addresses(answer)).isEmpty();
        } else {
          assertThat(DnsMessages.addresses(answer)).isNotEmpty();
        }
      }
      long dropped = node.count(Counter.RESPONSES_LIMITED);
      assertThat(node.count(Counter.RESPONSES_LIMITED_TRUNCATED)).isEqualTo(truncated);
      assertThat(truncated - dropped).isBetween(0L, 1L);
      assertThat(answers - truncated).as("within the rate").isBetween((long) RATE, ASKED / 2L);
    }
  }

  @Test
  void tcp_aboveTheRate_isNotLimited() {
    try (TestNode node = limited();
        DnsClient client = node.tcp()) {
      for (int i = 0; i < ASKED; i++) {
        assertThat(DnsMessages.addresses(client.ask(query(i)))).isNotEmpty();
      }
      assertThat(node.count(Counter.RESPONSES_LIMITED)).isZero();
    }
  }

  @Test
  void udp_otherNetwork_hasARateOfItsOwn() {
    try (TestNode node = limited();
        DnsClient one = client(node, "127.0.7.1");
        DnsClient other = client(node, "127.0.8.1")) {
      for (int i = 0; i < ASKED; i++) {
        one.send(query(i));
      }
      await().until(() -> node.count(Counter.RESPONSES_LIMITED) > ASKED / 4);
      assertThat(DnsMessages.addresses(other.ask(query(1)))).isNotEmpty();
    }
  }

  @Test
  void udp_whatIsNoQuery_isLimitedToo() {
    try (TestNode node = limited();
        DnsClient client = client(node, "127.0.7.1")) {
      byte[] update = query(1);
      update[2] |= 5 << 3;
      for (int i = 0; i < ASKED; i++) {
        client.send(update);
      }
      await()
          .until(
              () -> node.count(Counter.ANSWERS) + node.count(Counter.RESPONSES_LIMITED) == ASKED);
      assertThat(node.count(Counter.RESPONSES_LIMITED)).isPositive();
      assertThat(node.count(Counter.QUERY_OPCODE)).isEqualTo(ASKED);
    }
  }

  @Test
  void udp_fromLoopback_isNotLimitedByDefault() {
    try (TestNode node = start("{ responses-per-second = 1 }");
        DnsClient client = node.udp()) {
      for (int i = 0; i < ASKED; i++) {
        assertThat(DnsMessages.addresses(client.ask(query(i)))).isNotEmpty();
      }
    }
  }

  @Test
  void off_nothingIsLimited() {
    try (TestNode node = start("= off");
        DnsClient client = client(node, "127.0.7.1")) {
      for (int i = 0; i < ASKED; i++) {
        assertThat(DnsMessages.addresses(client.ask(query(i)))).isNotEmpty();
      }
    }
  }

  @Test
  void clientRate_ofARule_isForThoseAboveIt() {
    try (TestNode node =
            TestNode.start(
                ZONE
                    + """
                    rules.query = [
                      { match.client-rate { above = 3, per = 1h }, action { rcode = refused } }
                      { match.name-rate { above = 2, per = 1h }, action { rcode = nxdomain } }
                    ]
                    """,
                Map.of());
        DnsClient client = node.udp();
        DnsClient other = client(node, "127.0.7.1");
        DnsClient tcp = node.tcp()) {
      assertThat(client.ask(query(1)).getRcode()).isZero();
      assertThat(client.ask(query(2)).getRcode()).isZero();
      assertThat(client.ask(query(3)).getRcode()).as("name").isEqualTo(3);
      assertThat(client.ask(query(4)).getRcode()).as("client").isEqualTo(5);
      assertThat(tcp.ask(query(5)).getRcode()).as("client over TCP").isEqualTo(5);
      assertThat(other.ask(query(6)).getRcode()).as("name for another").isEqualTo(3);
    }
  }
}
