// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Verdicts that hold for a while: who is not asked again, and for whom they are. */
final class HeldVerdictTest {
  private static final int JUDGE = 1;
  private static final int SECOND = 2;
  private static final int READER = 3;
  private static final Duration HOUR = Duration.ofHours(1);

  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final ScriptedServer internal = ScriptedServer.start(Asked::answer);
  private static final TestFilter judge = new TestFilter();
  private static final TestFilter second = new TestFilter();
  private static final TestFilter reader = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start() {
    String rule = "{ match { suffix = [\"%s\"] }, action { suspend = %s } }\n";
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            upstreams.internal.servers = ["127.0.0.1:%d"]
            filters.judge { async-id = 1, timeout = 20s, on-timeout = servfail }
            filters.second { async-id = 2, timeout = 20s, on-timeout = servfail }
            filters.reader { async-id = 3, timeout = 20s, on-timeout = servfail }
            rules.query = [
              %s
            ]
            rules.response = [
              %s
            ]
            """
                .formatted(
                    upstream.address().getPort(),
                    internal.address().getPort(),
                    rule.formatted("one.example", "judge")
                        + rule.formatted("two.example", "judge")
                        + rule.formatted("two.example", "second")
                        + rule.formatted("nine.example", "judge").repeat(2000),
                    rule.formatted("read.example", "reader")),
            Map.of("judge", judge, "second", second, "reader", reader));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
    internal.close();
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @Test
  void verdictForTheClient_isNotAskedForAgainByThatClient_butByAnother() {
    String name = "client.one.example";
    judge.on(name, refusal().holdsFor(HOUR));
    long requested = node.count(JUDGE, SuspensionCounter.REQUESTED);
    long hits = node.count(JUDGE, SuspensionCounter.VERDICT_CACHE_HITS);

    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.REFUSED);
    assertThat(rcode("127.0.0.1", name.toUpperCase(java.util.Locale.ROOT)))
        .isEqualTo(Rcode.REFUSED);
    assertThat(judge.requests(name)).hasSize(1);
    assertThat(rcode("127.0.0.2", name)).isEqualTo(Rcode.REFUSED);
    assertThat(judge.requests(name)).hasSize(2);
    assertThat(node.count(JUDGE, SuspensionCounter.REQUESTED)).isEqualTo(requested + 2);
    assertThat(node.count(JUDGE, SuspensionCounter.VERDICT_CACHE_HITS)).isEqualTo(hits + 1);
  }

  @Test
  void verdictForEveryone_isNotAskedForAgainByAnybody_withItsReason() {
    String name = "everyone.one.example";
    judge.on(name, refusal().holdsFor(HOUR).forEveryone());

    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.REFUSED);
    byte[] edns = DnsMessages.ednsQuery(2, name, Type.A, 1232);
    try (UdpClient other = new UdpClient("127.0.0.2", node.address(Transport.UDP))) {
      Message answer = other.ask(edns);
      assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(DnsMessages.error(answer).getText()).isEqualTo("on the list");
    }
    try (var tcp = node.tcp()) {
      assertThat(tcp.ask(edns).getRcode()).isEqualTo(Rcode.REFUSED);
    }
    assertThat(judge.requests(name)).hasSize(1);
  }

  @Test
  void verdictWithSubtree_isForNamesBelow() {
    String name = "tree.one.example";
    judge.on(name, refusal().holdsFor(HOUR).forEveryone().withSubtree());

    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.REFUSED);
    assertThat(rcode("127.0.0.2", "a.b." + name)).isEqualTo(Rcode.REFUSED);
    assertThat(judge.requests("a.b." + name)).isEmpty();
  }

  @Test
  void verdict_thatDoesNotHold_isAskedForEachTime() {
    String name = "not.one.example";
    judge.on(name, refusal().forEveryone());

    rcode("127.0.0.1", name);
    rcode("127.0.0.1", name);
    assertThat(judge.requests(name)).hasSize(2);
  }

  @Test
  void heldContinue_goesOnAtTheNextRule_withItsTagsAndPool() {
    String name = "pool.two.example";
    judge.on(name, Verdict.toPool("internal").withTag("seen", "yes").holdsFor(HOUR));
    second.on(name, Verdict.proceed());

    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.NOERROR);
    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.NOERROR);
    assertThat(judge.requests(name)).hasSize(1);
    assertThat(second.requests(name))
        .hasSize(2)
        .allSatisfy(request -> assertThat(request.tags()).containsEntry("seen", "yes"));
    assertThat(upstream.queries(name)).isEmpty();
  }

  @Test
  void heldAddresses_areGivenWithATtlThatCountsDown() throws Exception {
    String name = "addresses.one.example";
    judge.on(name, Verdict.addresses(3600, Asked.addressOf(name)).holdsFor(Duration.ofMinutes(1)));

    assertThat(ask("127.0.0.1", name).getSection(Section.ANSWER).get(0).getTTL()).isEqualTo(3600);
    Message again = ask("127.0.0.1", name);
    assertThat(DnsMessages.addresses(again)).containsExactly(Asked.addressOf(name));
    assertThat(again.getSection(Section.ANSWER).get(0).getTTL()).isBetween(1L, 60L);
    assertThat(judge.requests(name)).hasSize(1);
  }

  @Test
  void heldMessage_isGivenWithTheNextClientsIdAndQuestion() {
    String name = "message.one.example";
    judge.on(name, Verdict.answer(DnsMessages.answer(name, "192.0.2.9")).holdsFor(HOUR));

    ask("127.0.0.1", name);
    Message again = ask("127.0.0.1", "Message.One.example");
    assertThat(DnsMessages.addresses(again)).hasSize(1);
    assertThat(again.getQuestion().getName().toString()).isEqualTo("Message.One.example.");
    assertThat(judge.requests(name)).hasSize(1);
  }

  @Test
  void heldNameChange_isChangedBackForEachClient() {
    String name = "renamed.one.example";
    judge.on(name, Verdict.changeName("other.example").holdsFor(HOUR).forEveryone());

    ask("127.0.0.1", name);
    Message again = ask("127.0.0.2", name);
    assertThat(DnsMessages.addresses(again)).containsExactly(Asked.addressOf("other.example."));
    assertThat(again.getQuestion().getName().toString()).isEqualTo(name + ".");
    assertThat(judge.requests(name)).hasSize(1);
  }

  @Test
  void heldDrop_getsNoAnswer() {
    String name = "drop.one.example";
    judge.on(name, Verdict.drop().holdsFor(HOUR));
    long dropped = node.count(Counter.DROPPED);

    try (UdpClient client = new UdpClient("127.0.0.1", node.address(Transport.UDP))) {
      client.send(query(1, name, Type.A));
      node.awaitCount(Counter.DROPPED, dropped + 1);
      client.send(query(2, name, Type.A));
      node.awaitCount(Counter.DROPPED, dropped + 2);
    }
    assertThat(judge.requests(name)).hasSize(1);
  }

  @Test
  void heldAskAgain_isObeyedTwiceAndNoMore() {
    String name = "again.one.example";
    judge.on(name, Verdict.askAgain().holdsFor(HOUR));
    long often = node.count(Counter.ASKED_TOO_OFTEN);

    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.NOERROR);
    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.NOERROR);
    assertThat(judge.requests(name)).hasSize(1);
    assertThat(node.count(Counter.ASKED_TOO_OFTEN)).isEqualTo(often + 2);
  }

  @Test
  void chainOfThousandsOfHeldVerdicts_endsInAnAnswer() {
    String name = "many.nine.example";
    judge.on(name, Verdict.proceed().holdsFor(HOUR));
    long hits = node.count(JUDGE, SuspensionCounter.VERDICT_CACHE_HITS);

    // Each query may be suspended eight times, so each leaves eight more rules with a verdict.
    for (int i = 0; i < 250; i++) {
      assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.NOERROR);
    }
    long before = node.count(JUDGE, SuspensionCounter.VERDICT_CACHE_HITS);
    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.NOERROR);
    assertThat(node.count(JUDGE, SuspensionCounter.VERDICT_CACHE_HITS)).isEqualTo(before + 2000);
    assertThat(before).isGreaterThan(hits);
    assertThat(judge.requests(name)).hasSize(2000);
  }

  @Test
  void verdictAboutAnAnswer_isGivenAgainToCachedAnswersOfThatClientOnly() {
    String name = "www.read.example";
    reader.on(name, refusal().holdsFor(HOUR));

    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.REFUSED);
    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.REFUSED);
    assertThat(reader.requests(name)).hasSize(1);
    reader.on(name, Verdict.proceed());
    assertThat(rcode("127.0.0.2", name)).isEqualTo(Rcode.NOERROR);
    assertThat(rcode("127.0.0.1", name)).isEqualTo(Rcode.REFUSED);
    assertThat(reader.requests(name))
        .hasSize(2)
        .allSatisfy(request -> assertThat(request.stage()).isEqualTo(Stage.RESPONSE));
    assertThat(upstream.queries(name)).hasSize(1);
  }

  private static Verdict refusal() {
    return Verdict.refuse(new ExtendedError(ExtendedError.BLOCKED, "on the list"));
  }

  private static int rcode(String client, String name) {
    return ask(client, name).getRcode();
  }

  private static Message ask(String client, String name) {
    try (UdpClient udp = new UdpClient(client, node.address(Transport.UDP))) {
      return udp.ask(query(1, name, Type.A));
    }
  }
}
