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
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What each verdict does to a query, and what a bad one does not do. */
final class VerdictTest {
  private static final int FIRST = 1;
  private static final int SECOND = 2;
  private static final int BRIEF = 3;

  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final ScriptedServer internal = ScriptedServer.start(Asked::answer);
  private static final TestFilter first = new TestFilter();
  private static final TestFilter second = new TestFilter();
  private static final TestFilter brief = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            upstreams.internal.servers = ["127.0.0.1:%d"]
            filters.first { async-id = 1, timeout = 20s, on-timeout = servfail }
            filters.second { async-id = 2, timeout = 20s, on-timeout = servfail }
            filters.brief { async-id = 3, timeout = 200ms, on-timeout = refuse }
            rules.query = [
              { match { suffix = ["one.example", "two.example"] }, action { suspend = first } }
              { match { suffix = ["two.example"] }, action { suspend = second } }
              { match { suffix = ["corp.one.example"] }, action { pool = internal } }
              { match { suffix = ["brief.example"] }, action { suspend = brief } }
              %s
            ]
            """
                .formatted(
                    upstream.address().getPort(),
                    internal.address().getPort(),
                    "{ match { suffix = [\"nine.example\"] }, action { suspend = first } }\n"
                        .repeat(9)),
            Map.of("first", first, "second", second, "brief", brief));
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

  @ParameterizedTest
  @EnumSource(Transport.class)
  void continue_letsTheQueryGoOn(Transport transport) {
    String name = "continue." + transport.word() + ".one.example";
    first.on(name, Verdict.proceed());

    assertThat(DnsMessages.addresses(ask(transport, query(1, name, Type.A))))
        .containsExactly(Asked.addressOf(name));
  }

  /** On HTTPS and QUIC, what is sent again is another query. */
  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP", "TLS"})
  void renamedAndSuspendedAgain_sentAgain_waitsOnceAndIsAnsweredOnce(Transport transport) {
    String name = "again." + transport.word() + ".two.example";
    String other = "other." + transport.word() + ".two.example";
    first.on(name, Verdict.changeName(other));
    long repeated = node.count(Counter.RETRANSMISSIONS);
    byte[] query = query(40, name, Type.A);
    try (DnsClient client = node.client(transport)) {
      client.send(query);
      TestFilter.Held held = second.next();
      client.send(query);
      client.send(query);
      node.awaitCount(Counter.RETRANSMISSIONS, repeated + 2);
      held.decide(Verdict.proceed());
      assertThat(DnsMessages.addresses(client.receiveAnswerTo(query)))
          .containsExactly(Asked.addressOf(other));
    }
    assertThat(first.requests(name)).hasSize(1);
    assertThat(second.requests(other)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void refusal_reachesTheClientWithItsReason(Transport transport) {
    String name = "Refused." + transport.word() + ".one.example";
    long dropped = node.count(Counter.DROPPED);
    first.on(name, Verdict.refuse(new ExtendedError(ExtendedError.BLOCKED, "on the list")));

    Message answer = ask(transport, ednsQuery(2, name, Type.A, 1232));

    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(DnsMessages.errorCode(answer)).isEqualTo(15);
    assertThat(DnsMessages.error(answer).getText()).isEqualTo("on the list");
    assertThat(ask(transport, query(3, name, Type.A)).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(upstream.queries(name)).isEmpty();
    assertThat(node.count(Counter.DROPPED)).isEqualTo(dropped);
  }

  @ParameterizedTest
  @ValueSource(ints = {Rcode.NOERROR, Rcode.SERVFAIL, Rcode.NXDOMAIN, Rcode.NOTIMP})
  void rcode_reachesTheClient(int rcode) {
    String name = "rcode" + rcode + ".one.example";
    first.on(name, Verdict.rcode(rcode));

    Message answer = ask(Transport.UDP, query(4, name, Type.A));

    assertThat(answer.getRcode()).isEqualTo(rcode);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void addresses_answerTheTypeThatIsAsked(Transport transport) {
    String name = "Addresses." + transport.word() + ".one.example";
    first.on(
        name,
        Verdict.addresses(77, address("192.0.2.1"), address("2001:db8::1"), address("192.0.2.2")));

    Message a = ask(transport, query(5, name, Type.A));
    assertThat(DnsMessages.addresses(a))
        .containsExactly(address("192.0.2.1"), address("192.0.2.2"));
    assertThat(a.getSection(Section.ANSWER)).allMatch(record -> record.getTTL() == 77);

    Message aaaa = ask(transport, ednsQuery(6, name, Type.AAAA, 1232));
    assertThat(DnsMessages.addresses(aaaa)).containsExactly(address("2001:db8::1"));

    Message mx = ask(transport, query(7, name, Type.MX));
    assertThat(mx.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(mx.getSection(Section.ANSWER)).isEmpty();
    assertThat(mx.getSection(Section.AUTHORITY)).hasSize(1).hasOnlyElementsOfType(SOARecord.class);
    assertThat(upstream.queries(name)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void message_isSentWithTheClientsIdAndCase(Transport transport) {
    String name = "Message." + transport.word() + ".one.example";
    first.on(name, Verdict.answer(mailAnswer(name.toLowerCase(Locale.ROOT))));

    Message answer = ask(transport, ednsQuery(0xabcd, name, Type.MX, 1232));

    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
    MXRecord mx = (MXRecord) answer.getSection(Section.ANSWER).get(0);
    assertThat(mx.getTarget()).hasToString("mail.example.");
  }

  /** Without an SOA record no client keeps what it was told (RFC 2308 section 5). */
  @Test
  void nxdomain_hasAnSoaRecordOfTheParent_andItsReason() throws Exception {
    String name = "gone.one.example";
    first.on(name, Verdict.nxdomain(new ExtendedError(ExtendedError.BLOCKED, "on the list")));

    Message answer = ask(Transport.UDP, ednsQuery(4, name, Type.A, 1232));

    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(DnsMessages.error(answer).getText()).isEqualTo("on the list");
    SOARecord soa = (SOARecord) answer.getSection(Section.AUTHORITY).get(0);
    assertThat(soa.getName()).isEqualTo(Name.fromString("one.example."));
    assertThat(soa.getTTL()).isEqualTo(60);
    assertThat(soa.getMinimum()).isEqualTo(60);
  }

  @Test
  void message_thatClaimsToBeAuthenticated_isNot() throws Exception {
    String name = "validated.one.example";
    Message made = new Message(mailAnswer(name));
    made.getHeader().setFlag(Flags.AD);
    first.on(name, Verdict.answer(made.toWire()));
    Message query = DnsMessages.message(1, name, Type.MX);
    query.getHeader().setFlag(Flags.AD);

    Message answer = ask(Transport.UDP, query.toWire());

    assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
    assertThat(answer.getHeader().getFlag(Flags.AD)).isFalse();
  }

  @Test
  void query_suspendedEightTimes_isNotSuspendedAgain_andThePolicyDecides() {
    first.on("www.nine.example", Verdict.proceed());
    long before = node.count(FIRST, SuspensionCounter.REFUSED_TOO_OFTEN);
    try (UdpClient client = node.udp()) {
      Message answer = client.ask(DnsMessages.query(1, "www.nine.example", Type.A));
      assertThat(DnsMessages.addresses(answer))
          .containsExactly(Asked.addressOf("www.nine.example"));
    }
    assertThat(first.requests("www.nine.example")).hasSize(8);
    node.awaitCount(FIRST, SuspensionCounter.REFUSED_TOO_OFTEN, before + 1);
    node.assertAtRest();
  }

  @Test
  void message_thatIsGarbage_isRejectedAndTheTimeoutDecides() {
    String name = "garbage.brief.example";
    brief.on(name, Verdict.answer(new byte[] {1, 2, 3, 4, 5}));

    assertRejected(name);
  }

  @Test
  void message_thatIsEmpty_isRejectedAndTheTimeoutDecides() {
    String name = "empty.brief.example";
    brief.on(name, Verdict.answer(new byte[0]));

    assertRejected(name);
  }

  @Test
  void message_toAnotherQuestion_isRejectedAndTheTimeoutDecides() {
    String name = "other.brief.example";
    brief.on(name, Verdict.answer(mailAnswer("another.brief.example")));

    assertRejected(name);
  }

  @Test
  void message_thatIsAQuery_isRejectedAndTheTimeoutDecides() {
    String name = "query.brief.example";
    brief.on(name, Verdict.answer(query(1, name, Type.MX)));

    assertRejected(name);
  }

  private static void assertRejected(String name) {
    long rejected = node.count(BRIEF, SuspensionCounter.VERDICTS_REJECTED);
    long timedOut = node.count(BRIEF, SuspensionCounter.TIMED_OUT);

    Message answer = ask(Transport.UDP, ednsQuery(8, name, Type.MX, 1232));

    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(DnsMessages.errorCode(answer)).isEqualTo(ExtendedError.NOT_READY);
    node.awaitCount(BRIEF, SuspensionCounter.VERDICTS_REJECTED, rejected + 1);
    node.awaitCount(BRIEF, SuspensionCounter.TIMED_OUT, timedOut + 1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void drop_leavesTheClientWithoutAnswer(Transport transport) {
    String name = "dropped." + transport.word() + ".one.example";
    long dropped = node.count(FIRST, SuspensionCounter.DROPPED);
    first.on(name, Verdict.drop());
    try (DnsClient client = node.client(transport)) {
      client.send(query(9, name, Type.A));
      node.awaitCount(FIRST, SuspensionCounter.DROPPED, dropped + 1);

      assertAnswered(client);
    }
    assertThat(upstream.queries(name)).isEmpty();
  }

  @Test
  void filterThatFails_leavesItToTheTimeout() {
    String name = "failing.brief.example";
    byte[] query = query(10, name, Type.A);
    try (DnsClient client = node.udp()) {
      client.send(query);
      brief.next().stage().completeExceptionally(new IllegalStateException("a test's failure"));

      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.REFUSED);
    }
  }

  /** The service has 20 s, for which no client waits. */
  @ParameterizedTest
  @ValueSource(strings = {"undecided", "pool", "name", "message"})
  void verdict_thatIsNone_hasTheTimeoutDecideAtOnce(String kind) {
    String name = kind + ".none.one.example";
    first.on(
        name,
        switch (kind) {
          case "undecided" -> Verdict.undecided();
          case "pool" -> Verdict.toPool("nowhere");
          case "name" -> Verdict.changeName("a..b");
          default -> Verdict.answer(new byte[1]);
        });

    Message answer = ask(Transport.UDP, ednsQuery(1, name, Type.A, 1232));

    assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(DnsMessages.error(answer).getText()).isEqualTo("no verdict");
  }

  @Test
  void verdict_thatIsLate_changesNothing() {
    String name = "late.brief.example";
    long resumed = node.count(BRIEF, SuspensionCounter.RESUMED);
    byte[] query = query(11, name, Type.A);
    try (DnsClient client = node.udp()) {
      client.send(query);
      TestFilter.Held held = brief.next();
      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.REFUSED);
      held.decide(Verdict.proceed());

      assertAnswered(client);
    }
    assertThat(upstream.queries(name)).isEmpty();
    assertThat(node.count(BRIEF, SuspensionCounter.RESUMED)).isEqualTo(resumed);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void twoFilters_decideOneAfterTheOther_andTheSecondSeesTheTags(Transport transport) {
    String name = "both." + transport.word() + ".two.example";
    first.on(name, Verdict.proceed().withTag("score", "7").withTag("by", "first"));
    byte[] query = query(12, name, Type.A);
    try (DnsClient client = node.client(transport)) {
      client.send(query);
      TestFilter.Held held = second.next();
      assertThat(held.request().tags())
          .containsExactlyInAnyOrderEntriesOf(Map.of("score", "7", "by", "first"));
      held.decide(Verdict.proceed().withTag("by", "second"));

      assertThat(DnsMessages.addresses(client.receiveAnswerTo(query)))
          .containsExactly(Asked.addressOf(name));
    }
    assertThat(first.requests(name)).hasSize(1);
    assertThat(second.requests(name)).hasSize(1);
  }

  @Test
  void answerOfTheFirstFilter_leavesTheSecondUnasked() {
    String name = "only.two.example";
    long requested = node.count(SECOND, SuspensionCounter.REQUESTED);
    first.on(name, Verdict.rcode(Rcode.NXDOMAIN).withTag("by", "first"));

    assertThat(ask(Transport.UDP, query(13, name, Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(node.count(SECOND, SuspensionCounter.REQUESTED)).isEqualTo(requested);
  }

  @Test
  void pool_isChosenBehindAFilter() {
    String name = "intranet.corp.one.example";
    String other = "internet.one.example";
    first.on(name, Verdict.proceed().withTag("some", "tag")).on(other, Verdict.proceed());

    for (String each : List.of(name, other)) {
      assertThat(DnsMessages.addresses(ask(Transport.UDP, query(14, each, Type.A))))
          .containsExactly(Asked.addressOf(each));
    }
    assertThat(internal.queries(name)).hasSize(1);
    assertThat(upstream.queries(name)).isEmpty();
    assertThat(internal.queries(other)).isEmpty();
    assertThat(upstream.queries(other)).hasSize(1);
  }

  /** If something had been sent to the client before, it would come first. */
  private static void assertAnswered(DnsClient client) {
    byte[] query = query(0x7777, "still.there", Type.A);
    assertThat(DnsMessages.addresses(client.ask(query)))
        .containsExactly(Asked.addressOf("still.there"));
  }

  private static Message ask(Transport transport, byte[] query) {
    try (DnsClient client = node.client(transport)) {
      return client.ask(query);
    }
  }

  /** An answer with one MX record, id 1, and an OPT record that is not the client's. */
  private static byte[] mailAnswer(String name) {
    Message answer = DnsMessages.message(1, name, Type.MX);
    answer.getHeader().setFlag(Flags.QR);
    answer.addRecord(
        new MXRecord(
            answer.getQuestion().getName(),
            DClass.IN,
            60,
            10,
            Name.fromConstantString("mail.example.")),
        Section.ANSWER);
    return DnsMessages.with(answer, new OPTRecord(4096, 0, 0));
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
