// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Question;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A query on its whole way: listener, rule, filter, upstream server, and back. */
final class QueryPathTest {
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            filters.judge { async-id = 7, timeout = 20s, on-timeout = servfail }
            rules.query = [
              { match { suffix = ["listed.example"] }
                action { rcode = refused, extended-error { code = 15, text = "listed" } } }
              { match { suffix = ["silent.example"] }, action = drop }
              { match { suffix = ["example"] }, action { suspend = judge } }
            ]
            zones = [ { origin = "anteroom.test" } ]
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
  @EnumSource(Transport.class)
  void query_suspendedResumedAndForwarded_isAnswered(Transport transport) {
    String name = "WwW." + transport.word() + ".SusPended.ExamplE";
    byte[] query = ednsQuery(0xbeef, name, Type.A, 1232);
    try (DnsClient client = node.client(transport)) {
      client.send(query);
      TestFilter.Held held = filter.next();
      assertThat(upstream.queries(name)).as("forwarded before the verdict").isEmpty();
      held.decide(Verdict.proceed());

      Message answer = client.receiveAnswerTo(query);

      assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
      assertThat(answer.getHeader().getFlag(Flags.RA)).isTrue();
      assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf(name));
    }
    assertThat(upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void answer_fresh_andFromTheCache_isInTheCaseOfWhoAsked(Transport transport) {
    String name = transport.word() + ".once.test";
    try (DnsClient client = node.client(transport)) {
      for (String asked : List.of("A." + name, "a." + name.toUpperCase(Locale.ROOT))) {
        // The client checks the question, byte for byte.
        Message answer = client.ask(query(1, asked, Type.A));

        assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf("a." + name));
      }
    }
    assertThat(upstream.queries("a." + name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_withoutEdns_isAnsweredWithoutEdns(Transport transport) {
    String name = "no-edns." + transport.word() + ".example";
    filter.on(name, Verdict.proceed());
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(query(1, name, Type.A));

      assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf(name));
      assertThat(answer.getSection(Section.ADDITIONAL)).isEmpty();
    }
    assertThat(upstream.queries(name).get(0).hasEdns()).as("upstream gets our own OPT").isTrue();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void filter_isTold_whoAsksWhatAndForHowLong(Transport transport) {
    String name = "Told." + transport.word() + ".example";
    byte[] query = query(99, name, Type.AAAA);
    try (DnsClient client = node.client(transport)) {
      client.send(query);
      TestFilter.Held held = filter.next();
      FilterRequest request = held.request();

      assertThat(request.key().asyncId()).isEqualTo(7);
      assertThat(request.transport()).isEqualTo(transport);
      assertThat(request.client().getAddress().getHostAddress()).isEqualTo("127.0.0.1");
      assertThat(Question.of(request).type()).isEqualTo(Type.AAAA);
      assertThat(held.name()).isEqualTo("told." + transport.word() + ".example");
      assertThat(request.message()).isEqualTo(client.asSent(query));
      assertThat(request.tags()).isEmpty();
      assertThat(request.remainingMicros()).isBetween(1L, 20_000_000L);

      held.decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_thatNoRuleSuspends_meetsNoFilter(Transport transport) {
    long requested = node.count(7, SuspensionCounter.REQUESTED);
    String name = transport.word() + ".plain.test";
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(query(2, name, Type.A));

      assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf(name));
      assertThat(node.count(7, SuspensionCounter.REQUESTED)).isEqualTo(requested);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_forLocalName_isAnsweredHere(Transport transport) {
    long forwarded = node.count(Counter.FORWARDED);
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(ednsQuery(3, "Www.Anteroom.Test", Type.A, 1232));

      assertThat(DnsMessages.addresses(answer).toString()).contains("192.0.2.80");
      assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
      assertThat(client.ask(query(4, "none.anteroom.test", Type.A)).getRcode())
          .isEqualTo(Rcode.NXDOMAIN);
      assertThat(node.count(Counter.FORWARDED)).isEqualTo(forwarded);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_thatRuleRefuses_isToldWhy(Transport transport) {
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(ednsQuery(5, "a.Listed.example", Type.A, 1232));

      assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(DnsMessages.errorCode(answer)).isEqualTo(15);
      assertThat(DnsMessages.error(answer).getText()).isEqualTo("listed");
      assertThat(client.ask(query(6, "listed.example", Type.A)).getRcode())
          .isEqualTo(Rcode.REFUSED);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_thatRuleDrops_isCountedAndNotAnswered(Transport transport) {
    long dropped = node.count(Counter.DROPPED);
    try (DnsClient client = node.client(transport)) {
      client.send(query(7, "silent.example", Type.A));

      assertThat(client.ask(query(8, "www.anteroom.test", Type.A)).getRcode()).isZero();
      assertThat(node.count(Counter.DROPPED)).isEqualTo(dropped + 1);
    }
  }
}
