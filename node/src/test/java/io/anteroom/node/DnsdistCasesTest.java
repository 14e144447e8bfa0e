// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.Question;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The cases that dnsdist's own tests of asynchronous processing hold: every query and every answer
 * is suspended, and the name says what the filter does about each: {@code
 * <query>-<answer>.<anything>}. Beside them those that only show with two clients and a cache.
 */
final class DnsdistCasesTest {
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final String FILTERED_CLIENT = "127.0.0.2";
  private static TestNode node;
  private static int number;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            filters.guard { async-id = 1, timeout = 300ms, on-timeout = continue }
            rules.query = [ { match = all, action { suspend = guard } } ]
            rules.response = [ { match = all, action { suspend = guard } } ]
            """
                .formatted(upstream.address().getPort()),
            Map.of("guard", new Guard()));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void accepted_twice_isAsWithoutFilter(Transport transport) {
    String name = name("accept-accept");
    Message answer = ask(transport, name);
    assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf(name));
    assertThat(upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void accepted_fromTheCache_isAnsweredWithoutUpstream(Transport transport) {
    String name = name("accept-accept");
    ask(Transport.UDP, name);
    Message again = ask(transport, name);
    assertThat(DnsMessages.addresses(again)).containsExactly(Asked.addressOf(name));
    assertThat(upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_withoutVerdict_goesOnUnchanged(Transport transport) {
    String name = name("silence-accept");
    assertThat(DnsMessages.addresses(ask(transport, name))).containsExactly(Asked.addressOf(name));
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void answer_withoutVerdict_goesOnUnchanged(Transport transport) {
    String name = name("accept-silence");
    assertThat(DnsMessages.addresses(ask(transport, name))).containsExactly(Asked.addressOf(name));
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void answer_refused_isRefusedWithoutRecords(Transport transport) {
    String name = name("accept-refuse");
    Message answer = ask(transport, name);
    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(answer.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    assertThat(upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void answer_replaced_isTheFiltersWithTheClientsId(Transport transport) {
    String name = name("accept-custom");
    assertThat(ask(transport, name).getRcode()).isEqualTo(Rcode.FORMERR);
    assertThat(upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void answer_dropped_isNotSent(Transport transport) {
    String name = name("accept-drop");
    assertDropped(transport, name);
    assertThat(upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_refused_isRefusedWithoutUpstream(Transport transport) {
    String name = name("refuse-accept");
    assertThat(ask(transport, name).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(upstream.queries(name)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_dropped_getsNoAnswer(Transport transport) {
    String name = name("drop-accept");
    assertDropped(transport, name);
    assertThat(upstream.queries(name)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_answeredByTheFilter_isAnsweredWithoutUpstream(Transport transport) {
    String name = name("custom-accept");
    assertThat(ask(transport, name).getRcode()).isEqualTo(Rcode.FORMERR);
    assertThat(upstream.queries(name)).isEmpty();
  }

  /** dnsdist puts the refusal into its cache, for everybody. */
  @Test
  void answer_refusedForOneClient_isNotServedToAnother_inWhateverOrder() {
    for (boolean filteredFirst : new boolean[] {true, false}) {
      String name = name("accept-client");
      for (int round = 0; round < 2; round++) {
        boolean filtered = filteredFirst == (round == 0);
        assertSeesItsOwn(name, filtered);
      }
      assertSeesItsOwn(name, true);
      assertSeesItsOwn(name, false);
      assertThat(upstream.queries(name)).hasSize(1);
    }
  }

  private static void assertSeesItsOwn(String name, boolean filtered) {
    String from = filtered ? FILTERED_CLIENT : "127.0.0.1";
    try (UdpClient client = new UdpClient(from, node.address(Transport.UDP))) {
      Message answer = client.ask(DnsMessages.query(++number, name, Type.A));
      assertThat(answer.getRcode()).isEqualTo(filtered ? Rcode.REFUSED : Rcode.NOERROR);
    }
  }

  private static Message ask(Transport transport, String name) {
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(DnsMessages.ednsQuery(++number, name, Type.A, 1232));
      node.assertAtRest();
      return answer;
    }
  }

  private static void assertDropped(Transport transport, String name) {
    long before = node.count(Counter.DROPPED);
    try (DnsClient client = node.client(transport)) {
      client.send(DnsMessages.query(++number, name, Type.A));
      node.awaitCount(Counter.DROPPED, before + 1);
      String other = name("accept-accept");
      Message next = client.ask(DnsMessages.query(++number, other, Type.A));
      assertThat(DnsMessages.addresses(next)).containsExactly(Asked.addressOf(other));
    }
    node.assertAtRest();
  }

  private static String name(String verdicts) {
    return verdicts + ".n" + ++number + ".test";
  }

  /** Does what the first label says about the query, and about the answer. */
  private static final class Guard implements Filter {
    @Override
    public CompletionStage<Verdict> decide(FilterRequest request) {
      String name = Question.of(request).name();
      String[] words = name.substring(0, name.indexOf('.')).split("-");
      String word = words[request.stage() == Stage.QUERY ? 0 : 1];
      return word.equals("silence")
          ? new CompletableFuture<>()
          : CompletableFuture.completedFuture(verdict(word, request));
    }

    private static Verdict verdict(String word, FilterRequest request) {
      return switch (word) {
        case "refuse" -> Verdict.refuse(new ExtendedError(ExtendedError.BLOCKED));
        case "drop" -> Verdict.drop();
        case "custom" -> Verdict.answer(formerr(Question.of(request).name()));
        case "client" ->
            request.client().getAddress().getHostAddress().equals(FILTERED_CLIENT)
                ? Verdict.refuse(new ExtendedError(ExtendedError.FILTERED))
                : Verdict.proceed();
        default -> Verdict.proceed();
      };
    }

    private static byte[] formerr(String name) {
      Message message = DnsMessages.message(1, name, Type.A);
      message.getHeader().setFlag(Flags.QR);
      message.getHeader().setRcode(Rcode.FORMERR);
      message.addRecord(new OPTRecord(4096, 0, 0, 0x8000), Section.ADDITIONAL);
      return message.toWire();
    }
  }
}
