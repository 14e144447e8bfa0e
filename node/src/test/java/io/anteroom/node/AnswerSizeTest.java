// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.HINFORecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Nobody can use the node against others: who gets answers, and how large they are. */
final class AnswerSizeTest {
  private static final String BIG = "Big.anteroom.test";
  private static final int ADDRESSES = 60;

  private static final ScriptedServer upstream =
      ScriptedServer.start(
          asked -> {
            if (asked.tcp()) {
              asked.send(asked.longestAnswerBytes());
            } else {
              asked.truncated();
            }
          });
  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            acl = ["127.0.0.1"]
            zones = [ { origin = "anteroom.test" } ]
            filters.judge { async-id = 1, timeout = 20s }
            rules.query = [ { match { suffix = ["many.test"] }, action { suspend = judge } } ]
            upstreams.default.servers = ["127.0.0.1:%d"]
            """
                .formatted(upstream.address().getPort()),
            Map.of("judge", filter));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 512, 1232, 4096, 65_535})
  void largeAnswer_overUdp_isTruncated(int ednsSize) {
    long truncated = node.count(Counter.ANSWERS_TRUNCATED);
    try (DnsClient client = node.udp()) {
      Message answer = client.ask(ednsQuery(1, BIG, Type.TXT, ednsSize));

      assertThat(answer.getHeader().getFlag(Flags.TC)).isTrue();
      assertThat(answer.getSection(Section.ANSWER)).isEmpty();
      assertThat(node.count(Counter.ANSWERS_TRUNCATED)).isEqualTo(truncated + 1);
    }
  }

  @Test
  void largeAnswer_overUdpWithoutEdns_isTruncatedTo512() {
    try (DnsClient client = node.udp()) {
      client.send(query(2, BIG, Type.TXT));
      byte[] answer = client.receive();

      assertThat(answer).hasSizeLessThanOrEqualTo(512);
      assertThat(DnsMessages.parse(answer).getHeader().getFlag(Flags.TC)).isTrue();
    }
  }

  @Test
  void largeAnswer_overTcp_isWhole() {
    try (DnsClient client = node.tcp()) {
      for (byte[] query :
          new byte[][] {query(3, BIG, Type.TXT), ednsQuery(4, BIG, Type.TXT, 512)}) {
        Message answer = client.ask(query);

        assertThat(answer.getHeader().getFlag(Flags.TC)).isFalse();
        assertThat(answer.getSection(Section.ANSWER)).hasSize(20);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void longestAnswer_overTcp_isWholeThoughThereIsNoRoomForOpt(boolean edns) {
    String name = "longest.test";
    byte[] query = edns ? ednsQuery(10, name, Type.A, 1232) : query(10, name, Type.A);
    try (DnsClient client = node.tcp()) {
      client.send(query);
      byte[] answer = client.receive();

      assertThat(answer).hasSize(65_535);
      assertThat(DnsMessages.parse(answer).getHeader().getFlag(Flags.TC)).isFalse();
      assertThat(DnsMessages.parse(answer).getSection(Section.ANSWER)).hasSize(2);
    }
  }

  @Test
  void answer_thatFitsTheClientsEdnsSize_isWhole_andTruncatedWithoutIt() throws Exception {
    String name = "verdict.many.test";
    InetAddress[] addresses = new InetAddress[ADDRESSES];
    for (int i = 0; i < ADDRESSES; i++) {
      addresses[i] = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) i});
    }
    filter.on(name, Verdict.addresses(60, addresses));
    try (DnsClient client = node.udp()) {
      assertThat(DnsMessages.addresses(client.ask(ednsQuery(5, name, Type.A, 1232))))
          .containsExactly(addresses);
      assertThat(client.ask(query(6, name, Type.A)).getHeader().getFlag(Flags.TC)).isTrue();
      assertThat(client.ask(ednsQuery(7, name, Type.A, 900)).getHeader().getFlag(Flags.TC))
          .isTrue();
    }
  }

  /** RFC 8482 section 4.2. */
  @Test
  void any_overUdp_isAnsweredWithHinfo() {
    long any = node.count(Counter.QUERY_ANY);
    try (DnsClient client = node.udp()) {
      Message answer = client.ask(query(8, "Www.anteroom.test", Type.ANY));

      assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
      HINFORecord hinfo = (HINFORecord) answer.getSection(Section.ANSWER).get(0);
      assertThat(hinfo.getCPU()).isEqualTo("RFC8482");
      assertThat(node.count(Counter.QUERY_ANY)).isEqualTo(any + 1);
    }
  }

  /** RFC 8482 section 4.1: records of one type are enough. */
  @Test
  void any_overTcp_isAnsweredWithRecordsOfTheName() {
    try (DnsClient client = node.tcp()) {
      Message answer = client.ask(query(9, "Www.anteroom.test", Type.ANY));

      assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
      assertThat(DnsMessages.addresses(answer)).isNotEmpty();
    }
  }

  @Test
  void datagram_fromOutsideTheAcl_isDroppedUnread() {
    long dropped = node.count(Counter.ACL_DROPPED);
    long queries = node.count(Counter.QUERIES);
    try (DnsClient stranger = new UdpClient("127.0.0.2", node.address(Transport.UDP));
        DnsClient client = node.udp()) {
      stranger.send(query(10, "www.anteroom.test", Type.A));
      stranger.send(new byte[3]);
      node.awaitCount(Counter.ACL_DROPPED, dropped + 2);

      client.ask(query(11, "www.anteroom.test", Type.A));
      assertThat(node.count(Counter.QUERIES)).isEqualTo(queries + 1);
    }
  }

  @Test
  void connection_fromOutsideTheAcl_isClosed() {
    long dropped = node.count(Counter.ACL_DROPPED);
    long queries = node.count(Counter.QUERIES);
    try (TcpClient stranger = new TcpClient("127.0.0.2", node.address(Transport.TCP));
        DnsClient client = node.tcp()) {
      assertThat(stranger.isClosed()).isTrue();

      client.ask(query(12, "www.anteroom.test", Type.A));
      assertThat(node.count(Counter.ACL_DROPPED)).isEqualTo(dropped + 1);
      assertThat(node.count(Counter.QUERIES)).isEqualTo(queries + 1);
    }
  }
}
