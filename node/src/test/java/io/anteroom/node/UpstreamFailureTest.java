// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What clients see of upstream servers that fail: an honest SERVFAIL, and nobody else's answer. */
final class UpstreamFailureTest {
  private static final ScriptedServer silent = ScriptedServer.start(asked -> {});
  private static final ScriptedServer wrongId =
      ScriptedServer.start(
          asked -> {
            asked.answerWithId(asked.id() + 1);
            asked.answerToOtherName();
          });
  private static final ScriptedServer refusing = ScriptedServer.start(asked -> asked.rcode(5));
  private static final ScriptedServer good = ScriptedServer.start(Asked::answer);
  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default { servers = ["127.0.0.1:%d"], timeout = 1s }
            upstreams.nobody { servers = ["127.0.0.1:%d"], timeout = 100ms, deadline = 500ms }
            upstreams.silent { servers = ["127.0.0.1:%d"], timeout = 100ms, deadline = 500ms }
            upstreams.wrong { servers = ["127.0.0.1:%d"], timeout = 100ms, deadline = 500ms }
            upstreams.mixed { servers = "127.0.0.1:%d,127.0.0.1:%d", timeout = 1s }
            filters.judge { async-id = 1, timeout = 20s }
            rules.query = [
              { match { suffix = ["suspended.test"] }, action { suspend = judge } }
              { match { suffix = ["nobody.test", "suspended.test"] }, action { pool = nobody } }
              { match { suffix = ["silent.test"] }, action { pool = silent } }
              { match { suffix = ["wrong.test"] }, action { pool = wrong } }
              { match { suffix = ["mixed.test"] }, action { pool = mixed } }
            ]
            rules.response = [
              { match { suffix = ["told.silent.test"], rcode = servfail }, action = nxdomain }
            ]
            """
                .formatted(
                    good.address().getPort(),
                    ScriptedServer.nobody().getPort(),
                    silent.address().getPort(),
                    wrongId.address().getPort(),
                    refusing.address().getPort(),
                    good.address().getPort()),
            Map.of("judge", filter));
  }

  @AfterAll
  static void stop() {
    node.close();
    silent.close();
    wrongId.close();
    refusing.close();
    good.close();
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @Test
  void noServerAnswers_servfailGoesThroughTheResponseChain() {
    try (DnsClient client = node.udp()) {
      assertThat(client.ask(query(20, "www.told.silent.test", Type.A)).getRcode())
          .isEqualTo(Rcode.NXDOMAIN);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void serverThatIsNotThere_isServfailWithNetworkError(Transport transport) {
    assertServfail(transport, transport.word() + ".Nobody.test", ExtendedError.NETWORK_ERROR);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void serverThatIsSilent_isServfailWithNoReachableAuthority(Transport transport) {
    assertServfail(
        transport, transport.word() + ".Silent.test", ExtendedError.NO_REACHABLE_AUTHORITY);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void answersWithWrongIdOrQuestion_areNotTaken(Transport transport) {
    long wrong = node.count(Counter.UPSTREAM_MISMATCH_ID);
    long other = node.count(Counter.UPSTREAM_MISMATCH_QUESTION);

    assertServfail(
        transport, transport.word() + ".Wrong.test", ExtendedError.NO_REACHABLE_AUTHORITY);

    assertThat(node.count(Counter.UPSTREAM_MISMATCH_ID)).isGreaterThan(wrong);
    assertThat(node.count(Counter.UPSTREAM_MISMATCH_QUESTION)).isGreaterThan(other);
  }

  @Test
  void serverThatRefuses_isNoticedByNobody_whenAnotherAnswers() {
    try (DnsClient client = node.udp()) {
      assertThat(DnsMessages.addresses(client.ask(query(1, "a.mixed.test", Type.A))))
          .containsExactly(Asked.addressOf("a.mixed.test"));
    }
    assertThat(refusing.queries("a.mixed.test")).hasSize(1);
  }

  @Test
  void serverThatIsNotThere_behindAFilter_isServfailToo() {
    byte[] query = ednsQuery(9, "a.suspended.test", Type.A, 1232);
    try (DnsClient client = node.udp()) {
      client.send(query);
      filter.next().decide(Verdict.proceed().withTag("by", "filter"));

      Message answer = client.receiveAnswerTo(query);
      assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(DnsMessages.errorCode(answer)).isEqualTo(ExtendedError.NETWORK_ERROR);
    }
  }

  private static void assertServfail(Transport transport, String name, int error) {
    long failed = node.count(Counter.FORWARD_FAILED);
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(ednsQuery(0x4242, name, Type.A, 1232));
      assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(DnsMessages.errorCode(answer)).isEqualTo(error);
      assertThat(node.count(Counter.FORWARD_FAILED)).isEqualTo(failed + 1);

      assertThat(DnsMessages.addresses(client.ask(query(1, "good.test", Type.A))))
          .containsExactly(Asked.addressOf("good.test"));
    }
  }
}
