// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Responses;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The answer cache between real sockets. */
final class AnswerCacheNodeTest {
  private static final int AD = 0x20;
  private static final ScriptedServer upstream = ScriptedServer.start(AnswerCacheNodeTest::say);
  private static volatile boolean failing;
  private static volatile boolean silent;
  private static TestNode node;

  /** A name says what becomes of it. */
  private static void say(Asked asked) {
    String name = asked.nameAsSent();
    String kind = asked.name();
    if (silent && kind.contains("slow")) {
      return;
    }
    if (failing || kind.contains("failing")) {
      asked.rcode(Rcode.SERVFAIL);
    } else if (kind.contains("none")) {
      send(asked, Responses.negative(name, asked.type(), Rcode.NXDOMAIN, 600, 600));
    } else if (kind.contains("signed")) {
      Message answer = Responses.answer(name, Type.A, name + " 60 A 192.0.2.1");
      answer.getHeader().setFlag(Flags.AA);
      if ((asked.flags() & AD) != 0) {
        answer.getHeader().setFlag(Flags.AD);
      }
      send(asked, answer);
    } else if (kind.contains("toolong")) {
      Message answer = Responses.answer(name, Type.A, "toolong.test. 60 DNAME elsewhere.test.");
      answer.getHeader().setRcode(Rcode.YXDOMAIN);
      send(asked, answer);
    } else if (kind.contains("long")) {
      send(asked, Responses.answer(name, Type.A, name + " 90000 A 192.0.2.1"));
    } else if (kind.contains("written")) {
      asked.send(withOwnerWrittenOut(asked.answerBytes(), name));
    } else if (kind.contains("short")) {
      send(asked, Responses.answer(name, Type.A, name + " 1 A 192.0.2.1"));
    } else {
      asked.answer();
    }
  }

  /** The true answer, its record's owner not a pointer but the name as we asked for it. */
  private static byte[] withOwnerWrittenOut(byte[] answer, String name) {
    int owner = answer.length - 16;
    int length = name.length() + 1;
    return ByteBuffer.allocate(answer.length - 2 + length)
        .put(answer, 0, owner)
        .put(answer, 12, length)
        .put(answer, owner + 2, 14)
        .array();
  }

  private static void send(Asked asked, Message answer) {
    answer.getHeader().setID(asked.id());
    asked.send(answer.toWire());
  }

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default { servers = ["127.0.0.1:%1$d"] }
            upstreams.impatient {
              servers = ["127.0.0.1:%1$d"]
              cache { prefetch-hits = 0, stale { for = 1h, client-timeout = 50ms } }
            }
            upstreams.limited {
              servers = ["127.0.0.1:%1$d"], cache { max-ttl = 300s, max-negative-ttl = 300s }
            }
            upstreams.uncached { servers = ["127.0.0.1:%1$d"], cache = off }
            rules.query = [
              { match { suffix = ["uncached.test"] }, action { pool = uncached } }
              { match { suffix = ["long.test", "limited.example"] }, action { pool = limited } }
              { match { suffix = ["slow.test"] }, action { pool = impatient } }
            ]
            """
                .formatted(upstream.address().getPort()),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void failure_isNotAskedForAgain(Transport transport) {
    String name = transport.word() + ".failing.test";
    assertThat(ask(transport, name).getRcode()).isEqualTo(Rcode.SERVFAIL);
    Message again = ask(transport, name);
    assertThat(again.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(DnsMessages.errorCode(again)).isEqualTo(ExtendedError.CACHED_ERROR);
    assertThat(upstream.queries(name)).hasSize(1);
  }

  /** RFC 6840 sections 5.7 and 5.8. */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void validatedAnswer_toldToThoseWhoAskForAd_whoeverFilledTheCache(Transport transport) {
    String name = transport.word() + ".signed.test";
    byte[] wanting = query(2, name, Type.A);
    wanting[3] |= AD;
    try (DnsClient client = node.client(transport)) {
      assertThat(client.ask(query(1, name, Type.A)).getHeader().getFlag(Flags.AD)).isFalse();
      Message cached = client.ask(wanting);
      assertThat(cached.getHeader().getFlag(Flags.AD)).isTrue();
      assertThat(cached.getHeader().getFlag(Flags.AA)).as("a cache is no authority").isFalse();
    }
    assertThat(upstream.queries(name)).hasSize(1);
  }

  /** RFC 6672 section 2.2: what the DNAME record would make is too long for a name. */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void otherRcodeWithRecords_isKeptAsAnAnswer(Transport transport) {
    String name = transport.word() + ".toolong.test";
    ask(transport, name);
    Message again = ask(transport, name);
    assertThat(again.getRcode()).isEqualTo(Rcode.YXDOMAIN);
    assertThat(again.getSection(Section.ANSWER)).hasSize(1);
    assertThat(DnsMessages.errorCode(again)).isEqualTo(-1);
    assertThat(upstream.queries(name)).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void nameBelowOneThatDoesNotExist_isNotAskedFor(Transport transport) {
    String name = transport.word() + ".none.example";
    assertThat(ask(transport, name).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    Message below = ask(transport, "A.b." + name);
    assertThat(below.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(below.getSection(Section.AUTHORITY)).hasSize(1);
    assertThat(upstream.queries("a.b." + name)).isEmpty();
  }

  /** The server writes the owner as we asked, with letters in random case. */
  @ParameterizedTest
  @EnumSource(Transport.class)
  void lettersOfOurQuery_areNotSeenByClients(Transport transport) {
    String name = transport.word() + "-a-name-of-many-letters.short.test";
    for (String asked : new String[] {name, name.toUpperCase(Locale.ROOT)}) {
      Message answer = ask(transport, asked);
      assertThat(answer.getQuestion().getName()).hasToString(asked + ".");
      assertThat(answer.getSection(Section.ANSWER).get(0).getName()).hasToString(asked + ".");
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void lettersOfOurQuery_ownerWrittenOut_areNotSeenByWhoWaited(Transport transport) {
    String name = transport.word() + "-A-name-OF-many-letters.WRITTEN.test";
    Message answer = ask(transport, name);
    assertThat(answer.getSection(Section.ANSWER).get(0).getName()).hasToString(name + ".");
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void limitsOfTtls_holdForWhoWaitedToo(Transport transport) {
    for (String name : new String[] {"a.long.test", "a.none.limited.example"}) {
      String own = transport.word() + "." + name;
      long first = ttl(ask(transport, own));
      assertThat(first).isEqualTo(300);
      assertThat(ttl(ask(transport, own))).isBetween(first - 2, first);
    }
    assertThat(ttl(ask(transport, transport.word() + ".long.uncached.test"))).isEqualTo(90_000);
  }

  private static long ttl(Message answer) {
    List<Record> records = new ArrayList<>(answer.getSection(Section.ANSWER));
    records.addAll(answer.getSection(Section.AUTHORITY));
    return records.get(0).getTTL();
  }

  @Test
  void poolWithoutCache_isAskedEachTime() {
    ask(Transport.UDP, "a.uncached.test");
    ask(Transport.UDP, "a.uncached.test");
    assertThat(upstream.queries("a.uncached.test")).hasSize(2);
  }

  @Test
  void answerWhoseTimeIsUp_isGivenWhenServersFail() {
    String name = "www.short.test";
    ask(Transport.UDP, name);
    failing = true;
    try {
      await()
          .untilAsserted(
              () ->
                  assertThat(DnsMessages.errorCode(ask(Transport.UDP, name)))
                      .isEqualTo(ExtendedError.STALE_ANSWER));
      assertThat(node.count(Counter.CACHE_STALE)).isPositive();
    } finally {
      failing = false;
    }
  }

  /** The server says nothing until the client has got the stale answer, and then it does. */
  @Test
  void answerWhoseTimeIsUp_isGivenWhenServersAreSlow_onceOnly() {
    String name = "www.short.slow.test";
    ask(Transport.UDP, name);
    silent = true;
    await()
        .untilAsserted(
            () ->
                assertThat(DnsMessages.errorCode(ask(Transport.UDP, name)))
                    .isEqualTo(ExtendedError.STALE_ANSWER));
    long answers = node.count(Counter.ANSWERS);
    long inserts = node.count(Counter.CACHE_INSERTS);
    silent = false;
    assertThat(node.count(Counter.CACHE_REFRESHES)).isOne();
    node.awaitCount(Counter.CACHE_INSERTS, inserts + 1);
    assertThat(node.count(Counter.ANSWERS)).as("of the refresh no client hears").isEqualTo(answers);
  }

  private static Message ask(Transport transport, String name) {
    try (DnsClient client = node.client(transport)) {
      return client.ask(ednsQuery(1, name, Type.A, 1232));
    }
  }
}
