// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Responses;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Aliases that are answered here: a stub resolver gets what they lead to as well. */
final class AliasTest {
  private static final String ZONE =
      """
      $ORIGIN corp.test.
      @ 3600 SOA ns root 1 3600 600 86400 60
      @ NS ns
      ns A 192.0.2.1
      www 300 CNAME web.out.test.
      cached CNAME kept.out.test.
      inside CNAME printer.lan.test.
      gone CNAME nowhere.out.test.
      broken CNAME servfail.out.test.
      circle CNAME back.out.test.
      far CNAME hop0.out.test.
      """;
  private static final String POLICY =
      """
      $ORIGIN rpz.
      @ 60 SOA ns root 1 3600 600 86400 60
      @ NS ns
      walled.test CNAME garden.out.test.
      """;

  @TempDir private static Path directory;
  private static final TestFilter filter = new TestFilter();
  private static ScriptedServer upstream;
  private static TestNode node;
  private DnsClient client;

  @BeforeAll
  static void start() throws IOException {
    Files.writeString(directory.resolve("corp.zone"), ZONE);
    Files.writeString(directory.resolve("policy.zone"), POLICY);
    Files.writeString(directory.resolve("hosts"), "192.0.2.9 printer.lan.test\n");
    upstream = ScriptedServer.start(AliasTest::answer);
    node =
        TestNode.start(
            """
            upstreams.default { servers = ["127.0.0.1:%d"], timeout = 1s, tries = 1 }
            filters.judge { async-id = 1, timeout = 20s }
            zones = [{ origin = "corp.test", file = "%2$s/corp.zone" }]
            local.hosts = ["%2$s/hosts"]
            lists.policy { file = "%2$s/policy.zone", format = rpz }
            rules.query = [
              { match.suffix = "judged.test", action { suspend = judge } }
              { match.suffix = "spoof.test", action { spoof { cname = "garden.out.test" } } }
              { match.suffix = "garden.out.test", action { rcode = refused } }
              { match = all, action { rpz = policy } }
            ]
            """
                .formatted(upstream.address().getPort(), directory),
            Map.of("judge", filter));
  }

  /** Every name below out.test has an address; some are odd. */
  private static void answer(Asked asked) {
    String name = asked.name();
    if (name.startsWith("servfail.")) {
      asked.rcode(Rcode.SERVFAIL);
    } else if (name.startsWith("nowhere.")) {
      reply(asked, Rcode.NXDOMAIN, Section.AUTHORITY, "out.test. 60 SOA ns. root. 1 2 3 4 60");
    } else if (name.startsWith("back.")) {
      reply(asked, 0, Section.ANSWER, name + " 60 CNAME circle.corp.test.");
    } else if (name.startsWith("hop")) {
      String next = "hop%d.out.test.".formatted(Integer.parseInt(name.substring(3, 4)) + 1);
      reply(asked, 0, Section.ANSWER, name + " 60 CNAME " + next);
    } else if (asked.type() == Type.AAAA) {
      reply(asked, 0, Section.ANSWER, name + " 60 AAAA 2001:db8::1");
    } else {
      asked.answer();
    }
  }

  private static void reply(Asked asked, int rcode, int section, String record) {
    Message message = DnsMessages.message(asked.id(), asked.nameAsSent(), asked.type());
    message.getHeader().setFlag(Flags.QR);
    message.getHeader().setRcode(rcode);
    message.addRecord(Responses.record(record), section);
    asked.send(message.toWire());
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @BeforeEach
  void connect() {
    client = node.udp();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private Message ask(String name, int type) {
    return client.ask(query(7, name, type));
  }

  private static List<String> records(Message answer) {
    return answer.getSection(Section.ANSWER).stream()
        .map(r -> r.getName() + " " + Type.string(r.getType()) + " " + r.rdataToString())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"www.corp.test, web", "ads.spoof.test, garden", "walled.test, garden"})
  void alias_targetUpstream_addedForEachFamily(String name, String target) {
    String garden = target + ".out.test.";
    String alias = name + ". CNAME " + garden;
    String address = Asked.addressOf(garden).getHostAddress();
    Message four = ask(name, Type.A);
    assertThat(four.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(records(four)).containsExactly(alias, garden + " A " + address);
    assertThat(records(ask(name, Type.AAAA)))
        .containsExactly(alias, garden + " AAAA 2001:db8:0:0:0:0:0:1");
  }

  @Test
  void alias_askedTwice_targetFromTheCache() {
    ask("cached.corp.test", Type.A);
    long hits = node.count(Counter.CACHE_HITS);
    List<String> records = records(ask("cached.corp.test", Type.A));
    assertThat(records).hasSize(2);
    assertThat(upstream.queries("kept.out.test")).hasSize(1);
    assertThat(node.count(Counter.CACHE_HITS)).isEqualTo(hits + 1);
  }

  @Test
  void alias_targetInLocalData_addedFromThere() {
    assertThat(records(ask("inside.corp.test", Type.A)))
        .containsExactly(
            "inside.corp.test. CNAME printer.lan.test.", "printer.lan.test. A 192.0.2.9");
    assertThat(upstream.queries("printer.lan.test")).isEmpty();
  }

  @Test
  void alias_targetDoesNotExist_nxdomainWithItsSoa() {
    Message answer = ask("gone.corp.test", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(records(answer)).containsExactly("gone.corp.test. CNAME nowhere.out.test.");
    assertThat(answer.getSection(Section.AUTHORITY))
        .extracting(Record::getType)
        .containsExactly(Type.SOA);
  }

  @Test
  void alias_targetFails_servfailWithTheAlias() {
    Message answer = ask("broken.corp.test", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(records(answer)).containsExactly("broken.corp.test. CNAME servfail.out.test.");
  }

  @Test
  void alias_inACircle_servfailAndEachNameAskedOnce() {
    Message answer = ask("circle.corp.test", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(records(answer))
        .containsExactly(
            "circle.corp.test. CNAME back.out.test.", "back.out.test. CNAME circle.corp.test.");
    assertThat(upstream.queries("back.out.test")).hasSize(1);
  }

  @Test
  void alias_tooFar_servfailAfterEightTargets() {
    long endless = node.count(Counter.ALIASES_ENDLESS);
    Message answer = ask("far.corp.test", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(records(answer)).hasSize(9);
    assertThat(upstream.queries("hop7.out.test")).hasSize(1);
    assertThat(upstream.queries("hop8.out.test")).isEmpty();
    assertThat(node.count(Counter.ALIASES_ENDLESS)).isEqualTo(endless + 1);
  }

  @Test
  void queryForTheAliasItself_notFollowed() {
    assertThat(records(ask("www.corp.test", Type.CNAME)))
        .containsExactly("www.corp.test. CNAME web.out.test.");
  }

  @Test
  void queryWithoutRecursion_notFollowed() {
    byte[] query = query(7, "www.corp.test", Type.A);
    query[2] = 0;
    assertThat(records(client.ask(query))).containsExactly("www.corp.test. CNAME web.out.test.");
  }

  @Test
  void aliasOfAVerdict_followed() {
    String name = "search.judged.test";
    Message safe = Responses.answer(name, Type.A, name + ". 60 CNAME web.out.test.");
    filter.on(name, Verdict.answer(safe.toWire()));
    Message answer = ask(name, Type.A);
    assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf("web.out.test"));
  }

  @Test
  void changedName_answeredWithAnAlias_changedBack() {
    filter.on("renamed.judged.test", Verdict.changeName("www.corp.test"));
    Message answer = ask("renamed.judged.test", Type.A);
    assertThat(records(answer)).first().isEqualTo("renamed.judged.test. CNAME web.out.test.");
    assertThat(DnsMessages.addresses(answer)).containsExactly(Asked.addressOf("web.out.test"));
  }
}
