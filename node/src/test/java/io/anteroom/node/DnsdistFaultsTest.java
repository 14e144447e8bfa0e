// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.addresses;
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
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import io.anteroom.protocol.sdk.Question;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * What goes wrong in dnsdist when it suspends, or is not tested there, and has no test of its own
 * elsewhere: what a query has with it, what the cache keeps, and what is sent.
 */
final class DnsdistFaultsTest {
  private static final String FILTERED_CLIENT = "127.0.0.2";
  private static final int MANY = 200;

  private static final ScriptedServer upstream = ScriptedServer.start(DnsdistFaultsTest::script);
  private static final ScriptedServer second = ScriptedServer.start(Asked::answer);
  private static final TestFilter held = new TestFilter();
  private static final TestFilter next = new TestFilter();
  private static TestNode node;
  private static int number;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            upstreams.second.servers = ["127.0.0.1:%d"]
            filters.held { async-id = 1, timeout = 20s, on-timeout = drop }
            filters.next { async-id = 2, timeout = 20s, on-timeout = drop }
            filters.modifier { async-id = 3, timeout = 20s, on-timeout = drop }
            filters.retrier { async-id = 4, timeout = 20s, on-timeout = drop }
            rules.query = [
              { match { suffix = ["whole.example", "both.example"] }, action { suspend = held } }
              { match { suffix = ["retry.example"] }, action { suspend = retrier } }
            ]
            rules.cache-miss = [
              { match { suffix = ["cache-miss.example"] }, action { suspend = modifier } }
              { match { suffix = ["whole.example"] }, action { suspend = next } }
            ]
            rules.cache-inserted = [
              { match { suffix = ["cache-inserted.example"] }, action { suspend = modifier } }
            ]
            rules.cache-hit = [
              { match { suffix = ["cache-hit.example"] }, action { suspend = modifier } }
            ]
            rules.response = [
              { match { suffix = ["response.example"] }, action { suspend = modifier } }
              { match { suffix = ["retry.example"] }, action { suspend = retrier } }
              { match { suffix = ["done.row.example"] }, action { suspend = held, then = done } }
              { match { suffix = ["row.example", "both.example", "answer.example"] }
                action { suspend = held } }
              { match { suffix = ["row.example"] }, action { suspend = next } }
            ]
            """
                .formatted(upstream.address().getPort(), second.address().getPort()),
            Map.of(
                "held",
                held,
                "next",
                next,
                "modifier",
                (Filter) DnsdistFaultsTest::modify,
                "retrier",
                (Filter) DnsdistFaultsTest::retry));
  }

  /** The first label says what the server does. */
  private static void script(Asked query) {
    String name = query.name();
    if (name.startsWith("failing")) {
      query.rcode(Rcode.SERVFAIL);
    } else if (name.startsWith("large") && !query.tcp()) {
      query.truncated();
    } else if (name.startsWith("large")) {
      byte[] answer = DnsMessages.answer(name, many());
      answer[0] = (byte) (query.id() >> 8);
      answer[1] = (byte) query.id();
      System.arraycopy(query.bytes(), 12, answer, 12, name.length());
      query.send(answer);
    } else {
      query.answer();
    }
  }

  private static String[] many() {
    return IntStream.range(0, MANY).mapToObj(i -> "192.0.2." + i).toArray(String[]::new);
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
    second.close();
  }

  @AfterEach
  void allHasEnded() {
    AtRest.assertAtRest(List.of(node.node()));
  }

  /** A query as its client sends it: over QUIC with the id 0 (RFC 9250 section 4.2.1). */
  private static byte[] sent(byte[] query, Transport transport) {
    byte[] sent = query.clone();
    if (transport == Transport.QUIC) {
      sent[0] = 0;
      sent[1] = 0;
    }
    return sent;
  }

  /** dnsdist loses what belongs to the question, not to its id state. */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_suspendedTwice_keepsItsFlagsAndEdns(Transport transport) {
    Message question = DnsMessages.message(++number, name("a", "whole.example"), Type.A);
    question.getHeader().setFlag(Flags.CD);
    byte[] query = DnsMessages.with(question, new OPTRecord(1232, 0, 0, 0x8000 /* DO */));
    try (DnsClient client = node.client(transport)) {
      client.send(query);
      TestFilter.Held first = held.next();
      assertThat(first.request().message()).isEqualTo(sent(query, transport));
      first.decide(Verdict.proceed());
      TestFilter.Held then = next.next();
      assertThat(then.request().message()).isEqualTo(sent(query, transport));
      assertThat(then.request().client()).isEqualTo(first.request().client());
      then.decide(Verdict.proceed());

      Message answer = client.receiveAnswerTo(query);
      assertThat(answer.getHeader().getFlag(Flags.CD)).isTrue();
      assertThat(answer.getOPT().getFlags() & 0x8000).isEqualTo(0x8000);
      Asked asked = upstream.queries(then.name()).get(0);
      assertThat(asked.flags() & 0x10).as("CD").isEqualTo(0x10);
      assertThat(DnsMessages.parse(asked.bytes()).getOPT().getFlags()).isEqualTo(0x8000);
    }
  }

  /** The upstream's truncation is no matter of the filter's, nor is the client's. */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void answer_largerThanADatagram_isSeenWholeByTheFilter_andCutForTheClientOnly(
      Transport transport) {
    byte[] query = ednsQuery(++number, name("large", "answer.example"), Type.A, 1232);
    try (DnsClient client = node.client(transport)) {
      for (int round = 0; round < 2; round++) {
        client.send(query);
        TestFilter.Held answer = held.next();
        assertThat(addresses(DnsMessages.parse(answer.request().message()))).hasSize(MANY);
        answer.decide(Verdict.proceed());

        Message received = client.receiveAnswerTo(query);
        boolean udp = transport == Transport.UDP;
        assertThat(received.getHeader().getFlag(Flags.TC)).isEqualTo(udp);
        assertThat(addresses(received)).hasSize(udp ? 0 : MANY);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void message_ofTheFilterLargerThanADatagram_isCutForTheClient(Transport transport) {
    String name = name("a", "answer.example");
    byte[] query = ednsQuery(++number, name, Type.A, 1232);
    try (DnsClient client = node.client(transport)) {
      client.send(query);
      held.next().decide(Verdict.answer(DnsMessages.answer(name, many())));

      Message received = client.receiveAnswerTo(query);
      assertThat(received.getHeader().getFlag(Flags.TC)).isEqualTo(transport == Transport.UDP);
      assertThat(addresses(received)).hasSize(transport == Transport.UDP ? 0 : MANY);
    }
  }

  /** dnsdist's keys are of queries and answers alike, and made of the client's id. */
  @Test
  void queryAndAnswer_ofOneIdAtOnce_areNotMixedUp() {
    String one = name("one", "both.example");
    String two = name("two", "both.example");
    try (UdpClient first = node.udp();
        UdpClient other = node.udp()) {
      first.send(query(7, one, Type.A));
      held.next().decide(Verdict.proceed());
      TestFilter.Held answerOfOne = held.next();
      other.send(query(7, two, Type.A));
      TestFilter.Held queryOfTwo = held.next();
      assertThat(answerOfOne.request().stage()).isEqualTo(Stage.RESPONSE);
      assertThat(queryOfTwo.request().stage()).isEqualTo(Stage.QUERY);
      assertThat(queryOfTwo.request().key()).isNotEqualTo(answerOfOne.request().key());

      queryOfTwo.decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(other.receiveAnswerTo(query(7, two, Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      answerOfOne.decide(Verdict.proceed());
      assertThat(addresses(first.receiveAnswerTo(query(7, one, Type.A))))
          .containsExactly(Asked.addressOf(one));
    }
  }

  @Test
  void query_repeatedWhileItsAnswerIsSuspended_isNotSuspendedTwice() {
    String name = name("a", "answer.example");
    byte[] query = query(++number, name, Type.A);
    long repeated = node.count(Counter.RETRANSMISSIONS);
    try (UdpClient client = node.udp()) {
      client.send(query);
      TestFilter.Held answer = held.next();
      client.send(query);
      node.awaitCount(Counter.RETRANSMISSIONS, repeated + 1);
      answer.decide(Verdict.proceed());

      assertThat(addresses(client.receiveAnswerTo(query))).containsExactly(Asked.addressOf(name));
    }
    assertThat(held.requests(name)).hasSize(1);
  }

  @Test
  void answer_isDecidedByServicesInARow_unlessTheRuleSaysDone() {
    String both = name("a", "row.example");
    String one = name("a", "done.row.example");
    try (UdpClient client = node.udp()) {
      byte[] query = query(++number, both, Type.A);
      client.send(query);
      held.next().decide(Verdict.proceed().withTag("by", "held"));
      TestFilter.Held then = next.next();
      assertThat(then.request().tags()).isEqualTo(Map.of("by", "held"));
      assertThat(then.request().message()[2] & 0x80).isEqualTo(0x80);
      then.decide(Verdict.proceed());
      assertThat(addresses(client.receiveAnswerTo(query))).containsExactly(Asked.addressOf(both));

      query = query(++number, one, Type.A);
      client.send(query);
      held.next().decide(Verdict.proceed());
      assertThat(addresses(client.receiveAnswerTo(query))).containsExactly(Asked.addressOf(one));
    }
    assertThat(next.requests(one)).isEmpty();
  }

  /** As with restart() in dnsdist: a failure of one pool has another asked. */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void query_thatFailedInOnePool_isAskedAgainInAnother(Transport transport) {
    String name = name("failing", "retry.example");
    try (DnsClient client = node.client(transport)) {
      Message answer = client.ask(query(++number, name, Type.A));

      assertThat(addresses(answer)).containsExactly(Asked.addressOf(name));
    }
    assertThat(upstream.queries(name)).isNotEmpty();
    assertThat(second.queries(name)).hasSize(1);
  }

  /** Has failed answers asked again, and queries that were asked before sent to another pool. */
  private static CompletionStage<Verdict> retry(FilterRequest request) {
    boolean again = request.tags().containsKey("again");
    boolean failed = (request.message()[3] & 0xf) == Rcode.SERVFAIL;
    Verdict verdict = Verdict.proceed();
    if (request.stage() == Stage.QUERY && again) {
      verdict = Verdict.toPool("second");
    } else if (request.stage() == Stage.RESPONSE && failed && !again) {
      verdict = Verdict.askAgain().withTag("again", "1");
    }
    return CompletableFuture.completedFuture(verdict);
  }

  static List<Arguments> modifications() {
    List<Arguments> all = new ArrayList<>();
    for (String stage : List.of("cache-miss", "cache-inserted", "cache-hit", "response")) {
      for (String word :
          List.of("rcode", "addresses", "message", "truncate", "drop", "rename", "pool")) {
        all.add(Arguments.of(stage, word));
      }
    }
    return all;
  }

  /** dnsdist puts into its cache what filters made for one client. */
  @ParameterizedTest
  @MethodSource("modifications")
  void cache_afterWhateverVerdictForOneClient_hasTheAnswerForAnother(String stage, String word) {
    String name = name(word, stage + ".example");
    try (DnsClient filtered = new UdpClient(FILTERED_CLIENT, node.address(Transport.UDP));
        DnsClient client = node.udp()) {
      if (stage.equals("cache-hit")) {
        assertTrueAnswer(client, name);
      }
      ask(filtered, name, word);
      assertTrueAnswer(client, name);
      assertTrueAnswer(client, name);
    }
  }

  private static void ask(DnsClient filtered, String name, String word) {
    byte[] query = ednsQuery(++number, name, Type.A, 1232);
    if (word.equals("drop")) {
      long dropped = node.count(Counter.DROPPED);
      filtered.send(query);
      node.awaitCount(Counter.DROPPED, dropped + 1);
      return;
    }
    Message answer = filtered.ask(query);
    if (!word.equals("pool")) {
      assertThat(addresses(answer)).doesNotContain(Asked.addressOf(name));
    }
  }

  private static void assertTrueAnswer(DnsClient client, String name) {
    Message answer = client.ask(ednsQuery(++number, name, Type.A, 1232));
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(addresses(answer)).containsExactly(Asked.addressOf(name));
    assertThat(DnsMessages.errorCode(answer)).isEqualTo(-1);
  }

  /** Does what the name says, to one client only. */
  private static CompletionStage<Verdict> modify(FilterRequest request) {
    String name = Question.of(request).name();
    String word = name.substring(0, name.indexOf('-'));
    InetAddress client = request.client().getAddress();
    return CompletableFuture.completedFuture(
        client.getHostAddress().equals(FILTERED_CLIENT)
            ? modification(word, name)
            : Verdict.proceed());
  }

  private static Verdict modification(String word, String name) {
    return switch (word) {
      case "rcode" -> Verdict.rcode(Rcode.NXDOMAIN);
      case "addresses" -> Verdict.addresses(60, Asked.addressOf("another.test"));
      case "message" -> Verdict.answer(DnsMessages.answer(name, "192.0.2.77"));
      case "truncate" -> Verdict.truncate();
      case "drop" -> Verdict.drop();
      case "rename" -> Verdict.changeName("another.test");
      default -> Verdict.toPool("second");
    };
  }

  private static String name(String word, String under) {
    return "%s-%d.%s".formatted(word, ++number, under);
  }
}
